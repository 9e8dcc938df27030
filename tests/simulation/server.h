// The other side, simulated: the network's and the server's answer to each request, drawn from the
// weather of the moment and from what is special about the event.
//
// The server takes an event at `sent_at` if it takes it at all; the answer ends at `ends_at`. What
// cuts the exchange short between the two is an ambiguous end.

#ifndef EMBEDDABLES_TESTS_SIMULATION_SERVER_H_
#define EMBEDDABLES_TESTS_SIMULATION_SERVER_H_

#include <cstdint>
#include <string>

#include "agent/send/backoff.h"
#include "agent/send/endpoint.h"
#include "agent/send/transport.h"

namespace embeddables::test {

enum class Weather : std::uint8_t {
  kClear,
  kFlaky,          // a bit of everything
  kServerErrors,   // 5xx, 408, 425
  kThrottling,     // 429 and 503, mostly with Retry-After
  kRefusing,       // 401 and 403 for any key
  kMisconfigured,  // 402, 404, 405, 410, 426, redirects
  kRejecting,      // 4xx for each event
  kUnknownUsers,   // ENTRY_NOT_FOUND
  kOdd,            // 2xx that are no Event
  kMisdirecting,   // 421
  kPortal,
  kNoDns,
  kNoConnect,
  kBadTls,
  kBlackHole,  // nothing until the time-out
  kCutting,    // before, during and after sending, and within the answer
};
inline constexpr int kWeathers = 16;
const char* Name(Weather weather);

// What a request says, read back from its bytes.
struct Seen {
  std::string event_id, name, key, json, api_key;
  std::int64_t wall_ms = 0;
};
Seen ReadRequest(const Request& request);

struct Exchange {
  std::uint64_t tag = 0;
  Seen seen;
  std::int64_t begun_at = 0;
  std::int64_t sent_at = -1;  // when the server has all of it; -1: never
  std::int64_t ends_at = 0;
  bool takes = false;             // the server takes the event at sent_at
  bool fresh_connection = false;  // and all after it
  bool again = false;             // at once, after a 421
  bool ambiguous = false;         // the end does not say whether it did
  Response response;
  VerdictKind expected = VerdictKind::kNetwork;
};

class SimServer {
 public:
  SimServer(std::uint64_t seed, bool tls) : random_(seed), tls_(tls) {}

  void SetWeather(Weather weather) { weather_ = weather; }
  Weather weather() const { return weather_; }
  // From here on every event of everybody is taken at once.
  void BePerfect() { perfect_ = true; }
  bool perfect() const { return perfect_; }
  void RotateKey() { key_ = "rk_good_" + std::to_string(++keys_); }
  const std::string& key() const { return key_; }

  std::uint64_t requests() const { return requests_; }

  Exchange Answer(std::uint64_t tag, const Request& request, std::int64_t now);

 private:
  void AnswerFor(Weather weather, Exchange* exchange);
  bool Special(Exchange* exchange);
  void Http(int status, const std::string& body, VerdictKind expected, Exchange* exchange);
  void Event(Exchange* exchange);
  void Throttle(Exchange* exchange);
  void Odd(Exchange* exchange);
  void Fail(NetworkError error, Exchange* exchange);
  void CutConnection(Exchange* exchange);

  Random random_;
  bool tls_;
  bool perfect_ = false;
  Weather weather_ = Weather::kClear;
  int keys_ = 1;
  std::uint64_t requests_ = 0;
  std::string key_ = "rk_good_1";
};

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_SIMULATION_SERVER_H_
