// As little of HTTP as the agent needs: a request and the response to it. Both are plain values:
// the endpoint writes and reads them, the transport carries them, and neither knows the other.

#ifndef EMBEDDABLES_AGENT_SEND_HTTP_H_
#define EMBEDDABLES_AGENT_SEND_HTTP_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/send/entry_scanner.h"
#include "embeddables/parts.h"

namespace embeddables {

struct Request {
  std::string url;
  std::vector<std::string> headers;  // "Name: value"
  std::string body;
  bool head = false;        // a HEAD instead of a POST: only the answer's headers count
  bool http1_only = false;  // goes over a connection for which HTTP/2 was not offered
};

using NetworkError = HttpError;

struct Response {
  NetworkError error = NetworkError::kNone;
  std::string error_text;     // libcurl's or the host's words, as they are
  int status = 0;             // 0 when no status line was read
  bool connected = false;     // the request had a connection
  bool tls_verified = false;  // the answer came over TLS with a checked certificate
  std::string body;           // at most kMaxResponseBody bytes, without a byte order mark
  EntryScanner scanner;       // has read the whole body, or all of it that came
  // The body exceeded MaxResponseTotal, or could not be decoded to its end: `error_text` says so,
  // `error` is kNone. The answer's status and headers count.
  bool unreadable = false;
  std::string date;  // these headers' values, empty if missing
  std::string retry_after;

  // The next piece of the body, decoded.
  void TakeBody(std::string_view piece);
};

// Enough for any error text of the endpoint; the scanner reads the rest, which is thrown away.
inline constexpr std::size_t kMaxResponseBody = 64 * 1024;
// A Date or a Retry-After is shorter.
inline constexpr std::size_t kMaxHeaderValue = 128;
// An answer repeats the request, with up to six bytes for one. A longer answer is cut off;
// compressed or not, this bounds how much a server can make the agent read and unpack.
inline std::size_t MaxResponseTotal(const Request& request) {
  return 8 * request.body.size() + 64 * 1024;
}
// The same bound for headers, including those of interim responses.
inline constexpr std::size_t kMaxResponseHead = 256 * 1024;

// A sign of a connection's health, given by the end of a request that used it.
enum class ConnectionSign : std::uint8_t {
  kNone,      // the request got no connection
  kGood,      // the server answered
  kDoubtful,  // the server answered that it cannot now, but not when it can: one of several may be
              // sick
  kHalf,      // an answer that broke off: over HTTP/1.1 the connection ended with it
  kBad,       // no answer, or somebody else's
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_SEND_HTTP_H_
