// An HTTP/2 server over TLS that answers each stream as the test says.

#ifndef EMBEDDABLES_TESTS_SUPPORT_H2_SERVER_H_
#define EMBEDDABLES_TESTS_SUPPORT_H2_SERVER_H_

#include <openssl/ssl.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "tests/support/certificates.h"
#include "tests/support/raw_server.h"

namespace embeddables::test {

class H2Server {
 public:
  enum class Reply {
    kConfirm,
    kServerError,    // 500
    kThrottle,       // 429
    kDrowning,       // 503, with Retry-After: 0
    kNothing,        // no answer, ever
    kRefuseStream,   // RST_STREAM, REFUSED_STREAM: not looked at, may be sent again
    kInternalError,  // RST_STREAM, INTERNAL_ERROR
    kGoaway,         // this stream and later ones are not looked at
    kGarbage,        // bytes that are no frame, then the end
    kClose,          // the end, without a word
  };
  // Given the number of the stream on its connection and of the connection, each from 0.
  using Script = std::function<Reply(int stream, int connection)>;

  // `window`: how much of a body it takes before it has looked at it; 0: not one byte. What it
  // gives back comes with the next frame.
  static constexpr std::uint32_t kDefaultWindow = 65'535;
  H2Server(const Certificate& certificate, Script script, std::uint32_t window = kDefaultWindow);
  ~H2Server();
  void SetScript(Script script);
  std::string url() const { return "https://127.0.0.1:" + std::to_string(server_->port()); }
  int port() const { return server_->port(); }
  int connections() const { return server_->connections(); }
  int refused() const { return refused_; }
  std::map<int, int> confirmed() { return server_->confirmed(); }

 private:
  friend class H2Connection;
  void Serve(RawConnection* connection);
  Reply Ask(int stream, int connection);

  SSL_CTX* context_;
  std::mutex mutex_;
  Script script_;  // guarded by mutex_
  const std::uint32_t window_;
  std::atomic<int> refused_{0};
  std::unique_ptr<RawServer> server_;
};

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_SUPPORT_H2_SERVER_H_
