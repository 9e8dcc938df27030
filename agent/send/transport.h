// HTTP, as little of it as the agent needs: many POSTs at once, each ending in one Response.
// The only room that knows libcurl; everything else sees this interface, and tests and hosts may
// put another one in its place.
//
// Invariants: every Begin ends in exactly one completion from TakeCompleted, or in CancelAll.
// Everything runs on the agent's thread. Nothing waits but Wait.

#ifndef EMBEDDABLES_AGENT_SEND_TRANSPORT_H_
#define EMBEDDABLES_AGENT_SEND_TRANSPORT_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/send/entry_scanner.h"
#include "embeddables/agent.h"

namespace embeddables {

struct Request {
  std::string url;
  std::vector<std::string> headers;  // "Name: value"
  std::string body;
  bool head = false;        // a HEAD instead of a POST: only the answer's headers count
  bool http1_only = false;  // over a connection for which HTTP/2 was not offered
};

enum class NetworkError : std::uint8_t {
  kNone,     // there is an HTTP status
  kResolve,  // DNS
  kConnect,
  kTls,  // certificate, protocol, clock
  kTimeout,
  kBroken,  // sent or partly sent, then the connection ended without a whole answer
};
const char* Name(NetworkError error);

struct Response {
  NetworkError error = NetworkError::kNone;
  std::string error_text;     // libcurl's words; never holds a header
  int status = 0;             // 0 when no status line was read
  bool connected = false;     // there was a connection for it
  bool tls_verified = false;  // came over TLS with a checked certificate
  std::string body;           // at most kMaxResponseBody bytes, without a byte order mark
  EntryScanner scanner;       // has read all of it, also where `error` says that it broke off
  // It went on past MaxResponseTotal, or could not be decoded to its end: `error_text` says so,
  // `error` is kNone. The answer's status and headers count.
  bool unreadable = false;
  std::string date;  // the headers' values, empty when missing
  std::string retry_after;

  // The next piece of the body, decoded.
  void TakeBody(std::string_view piece);
};

// Enough for any error text of the endpoint; more is scanned and thrown away.
inline constexpr std::size_t kMaxResponseBody = 64 * 1024;
// An answer repeats the request, with up to six bytes for one. What is longer is ended; compressed
// or not, that many bytes bound what a server can make the agent read and unpack.
inline std::size_t MaxResponseTotal(const Request& request) {
  return 8 * request.body.size() + 64 * 1024;
}
// The same for headers, those of interim responses included.
inline constexpr std::size_t kMaxResponseHead = 256 * 1024;

// What the end of a request says of the connection that it went over.
enum class ConnectionSign : std::uint8_t {
  kNone,      // it got no connection
  kGood,      // the server answered
  kDoubtful,  // ... that it cannot now, and not when it can: one of several may be sick
  kBad,       // no answer, half of one, or somebody else's
};

struct Completion {
  std::uint64_t tag = 0;  // as given to Begin
  Response response;
};

struct TransportCounters {
  std::uint64_t requests = 0;
  std::uint64_t connections = 0;
};

class Transport {
 public:
  virtual ~Transport() = default;
  // Starts one request. False: it could not be started (out of memory, bad URL); there will be no
  // completion. `fresh_connection`: this one and those after it go over new connections; what is
  // under way on the old ones comes to its own end there, and then these are closed.
  virtual bool Begin(std::uint64_t tag, const Request& request, bool fresh_connection) = 0;
  // Sends what was begun, as far as that goes without waiting. Whoever does not call it begins with
  // the next TakeCompleted.
  virtual void Push() {}
  // Moves transfers on without waiting and appends those that ended.
  virtual void TakeCompleted(std::vector<Completion>* completed) = 0;
  // Sleeps until a transfer can move, one of `descriptors` is readable or the timeout passes. With
  // no timeout (negative) and nothing in flight it does not wake by itself. False: the timeout
  // passed and nothing is to do.
  virtual bool Wait(std::chrono::milliseconds timeout, const std::vector<int>& descriptors) = 0;
  // Ends all transfers at once, without completions; never waits for a resolver thread.
  virtual void CancelAll() = 0;
  // The same for those that have not sent anything yet (resolving, connecting); appends their tags.
  virtual void CancelUnsent(std::vector<std::uint64_t>*) {}
  // Closes the connections, and whatever else is open for them, and forgets what names resolved
  // to. Only with nothing in flight.
  virtual void Renew() {}
  virtual std::size_t in_flight() const = 0;
  virtual TransportCounters counters() const = 0;
};

// Over libcurl. Uses of the config: proxy, ca_file, ca_pem, the timeouts, max_in_flight (the
// connection pool). `no_proxy`: the hosts that are reached without the proxy. Null with *status set
// when libcurl cannot be initialised. What libcurl and its TLS library read of the environment they
// read here, never in a call of the Transport.
std::unique_ptr<Transport> MakeCurlTransport(const Config& config, const std::string& no_proxy,
                                             Status* status);

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_SEND_TRANSPORT_H_
