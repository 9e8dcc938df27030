// The Embeddables contract: turns an event into its request, and a response into its verdict. This
// is the only room that knows paths, headers, field names and status codes. Pure: no I/O, no time.

#ifndef EMBEDDABLES_AGENT_SEND_ENDPOINT_H_
#define EMBEDDABLES_AGENT_SEND_ENDPOINT_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/time.h"
#include "agent/event/event.h"
#include "agent/send/http.h"
#include "embeddables/agent.h"

namespace embeddables {

enum class VerdictKind : std::uint8_t {
  kDelivered,
  kUnconfirmed,    // a 2xx over verified TLS that is an error, or no Event, object or empty
  kPortal,         // somebody else answered (captive portal, proxy): as if there were no network
  kCredentials,    // the key was refused
  kConfiguration,  // project, URL or account is wrong; treated as kCredentials
  kMisdirected,    // 421: once more on a new connection
  kUnknownUser,    // ENTRY_NOT_FOUND: about this identifier, not the connection
  kRejected,       // the server will never accept this event
  kRetry,          // the server could not take it now
  kNetwork,        // no answer came
};
const char* Name(VerdictKind kind);

struct Verdict {
  VerdictKind kind = VerdictKind::kNetwork;
  int http_status = 0;
  bool in_unknown_form = false;  // kDelivered: a JSON object without entry_id, or nothing
  bool throttled = false;        // 429, 503, timeout: shrink concurrency
  bool tls_failed = false;       // kNetwork
  ConnectionSign sign = ConnectionSign::kNone;
  std::chrono::milliseconds retry_after{-1};  // the wait that the server asked for; -1: none
  std::string message;  // for people: the server's or libcurl's message, at most 200 bytes
};

class Endpoint {
 public:
  // Refuses settings that cannot work: missing or swapped ids, plain http to a host that is not
  // loopback, control characters in headers. store_only needs none of them.
  static Status Check(const Config& config);
  static Status CheckApiKey(std::string_view key);
  // Of the host's own Config::proxy. One of the environment may be mended while the events wait.
  static Status CheckProxy(const Config& config);
  // Does base_url lead to loopback?
  static bool IsOnDevice(const Config& config);
  // Is the first hop (proxy or endpoint) on loopback? Then the state of the network does not
  // matter.
  static bool StaysOnDevice(const Config& config);

  explicit Endpoint(const Config& config);
  void SetApiKey(std::string_view key);
  // Events are sent with this key already.
  bool HasApiKey(std::string_view key) const {
    constexpr std::size_t kBefore = sizeof("X-Api-Key: ") - 1;
    if (event_headers_.size() == headers_.size()) return key.empty();
    const std::string& header = event_headers_.back();
    return header.size() == key.size() + kBefore &&
           std::memcmp(header.data() + kBefore, key.data(), key.size()) == 0;
  }

  // `identifier_json` is JSON text (ValueJson). The time is given apart from the record because the
  // clock may have been corrected since. The request keeps its memory from the last use.
  void WriteRequest(const Record& record, std::string_view identifier_key,
                    std::string_view identifier_json, std::int64_t wall_ms, Request* request) const;
  Request MakeRequest(const Record& record, std::string_view identifier_key,
                      std::string_view identifier_json, std::int64_t wall_ms) const;
  // `identifier_json` says whose event the response answers; no message may show it.
  Verdict Read(const Response& response, std::string_view identifier_json = {}) const;
  // For people: what an error's body begins with, on one line, without secrets and the identifier;
  // empty if Read's verdict has its message, if the answer is a success, or if the body has
  // characters in an escaped form, which could hide the identifier.
  std::string FirstWords(const Response& response, std::string_view identifier_json) const;
  // Advice for the host if the server knows nobody with the identifier.
  static constexpr std::string_view kUnknownUserAdvice =
      "check Config::embeddable_id, the identifier's key (that of this embeddable's user data: "
      "email or user_email, say) and that its value is not quoted twice";

  // This request asks only for the time, without the key. Is the answer the server's own, not a
  // portal's? And which time does it tell; never: none that can be believed.
  Request MakeTimeRequest() const;
  static bool IsFromServer(const Response& response);
  static UnixTime ReadTime(const Response& response);

 private:
  void AddSecrets(std::string_view text);
  std::string Clean(std::string text, std::string_view identifier_json) const;

  std::string url_;
  std::string embeddable_id_;
  std::string event_id_key_;
  std::vector<std::string> secrets_;        // no message may contain these: the config's, then keys
  std::size_t of_config_ = 0;               // how many of them
  std::vector<std::string> headers_;        // without the key
  std::vector<std::string> event_headers_;  // with the key
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_SEND_ENDPOINT_H_
