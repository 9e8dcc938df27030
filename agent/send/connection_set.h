// The connections of one generation: a curl_multi of its own, and the sockets that libcurl opened
// for it. If generations shared a curl_multi, libcurl would put new requests on an old HTTP/2
// connection. Part of the transport's room.

#ifndef EMBEDDABLES_AGENT_SEND_CONNECTION_SET_H_
#define EMBEDDABLES_AGENT_SEND_CONNECTION_SET_H_

#include <curl/curl.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "platform/handle.h"

namespace embeddables {

class ConnectionSet {
 public:
  // Opens at most so many connections. Null: out of memory.
  static std::unique_ptr<ConnectionSet> Make(std::uint32_t number, std::size_t most,
                                             bool http1_only);
  ~ConnectionSet();
  ConnectionSet(const ConnectionSet&) = delete;
  ConnectionSet& operator=(const ConnectionSet&) = delete;

  std::uint32_t number() const { return number_; }
  CURLM* multi() const { return multi_; }
  bool http1_only() const { return http1_only_; }
  // The number of requests under way.
  std::size_t active() const { return active_; }
  // The sockets that are open.
  const std::vector<Waitable>& sockets();

  // Lets the handle make its connections here; one call per handle is enough.
  void Adopt(CURL* easy);
  bool Add(CURL* easy);
  // Begins the handle's request anew. False: out of memory; it is still to be removed.
  bool AddAgain(CURL* easy);
  void Remove(CURL* easy);

 private:
  ConnectionSet(std::uint32_t number, CURLM* multi, bool http1_only)
      : number_(number), multi_(multi), http1_only_(http1_only) {}

  static curl_socket_t OnOpen(void* user, curlsocktype purpose, curl_sockaddr* address);
  static int OnClose(void* user, curl_socket_t socket);
  void ForgetClosed();

  std::uint32_t number_;
  CURLM* multi_;
  bool http1_only_;
  std::size_t active_ = 0;
  // libcurl 7.88 closes a socket that is still connecting without calling OnClose, and the host may
  // soon have a file of the same number.
  std::vector<Waitable> sockets_;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_SEND_CONNECTION_SET_H_
