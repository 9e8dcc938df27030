// What politeness demands, kept apart from the code that has to be polite: from the answers that
// the agent was given it follows when which request may go at the earliest.

#ifndef EMBEDDABLES_TESTS_SIMULATION_PACE_H_
#define EMBEDDABLES_TESTS_SIMULATION_PACE_H_

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "agent/send/endpoint.h"
#include "agent/store/settings.h"
#include "tests/simulation/server.h"

namespace embeddables::test {

class Pace {
 public:
  enum class Circuit : std::uint8_t { kClosed, kOpen, kHalfOpen };

  explicit Pace(const Config& config) : config_(config), window_(config.max_in_flight) {}

  void UseSettings(const InForce& in_force) {
    unknown_user_max_age_ = in_force.unknown_user_max_age;
  }
  // A new process. What was not settled before a crash is forgotten, as is what another boot said.
  // `disk_was_bad`: it may not have taken what the server asked for.
  void NewLife(bool crashed, bool rebooted, bool disk_was_bad, std::int64_t now);
  // One probe may go before its time: now, or once the network's return has been made use of; then
  // another one if it fails.
  void Resumed(std::int64_t now);
  void NetworkBack(std::int64_t now);
  // Resume: the same, and no event or person waits for a time of its own any more.
  void TriesAll(std::int64_t now);
  void AfterStep(std::int64_t now, bool offline);
  void KeyChanged(std::int64_t now);
  // The wall clock, that is: TLS may work now.
  void ClockCameRight(std::int64_t now);
  // As new events, whose failures are not remembered; which of them were dead letters is not known.
  void Requeued() { due_.clear(), retries_.clear(), forgetful_ = true; }
  // Of persons nothing is left.
  void Purged() { people_.clear(), unknown_since_.clear(); }
  // Waits and attempts are not taken over from memory to disk.
  void StoreChanged() {
    Requeued(), people_.clear(), failed_at_.clear(), UnknownPerhapsSinceLater();
  }

  // A start that could not read its store knows of no wait.
  void StoreUnread() { hold_until_ = 0, StoreChanged(); }

  // Why this request must not go now; empty: it may.
  std::string WhyNot(const Exchange& exchange, bool person_matters, bool event_matters) const;
  std::string WhyNotTime(std::int64_t now) const;
  void Begun(const Exchange& exchange);
  void AskedTime(const Exchange& exchange);
  void ToldTime(const Response& response, std::int64_t now);
  void Ended(std::uint64_t tag) {
    open_.erase(tag), left_.erase(tag), probes_.erase(tag), asked_with_.erase(tag);
  }
  void Answered(const Exchange& exchange, bool is_volatile, std::int64_t now);

  Circuit circuit() const { return fuses_.front().circuit; }
  bool refused(std::int64_t now) const { return refused_until_ > now; }
  bool held(std::int64_t now) const { return hold_until_ > now; }
  std::size_t open() const { return open_.size() + left_.size(); }
  // No wait lasts longer.
  std::int64_t LongestWait() const;

 private:
  struct Wait {
    std::int64_t until = 0, since = 0;
  };
  // A circuit breaker, with the earliest times that its jitter allows.
  struct Fuse {
    Circuit circuit = Circuit::kClosed;
    std::int64_t probe_at = 0;
    std::uint32_t openings = 0, failed_in_a_row = 0;
    std::string last_failed;
    bool called = false;  // the next probe, or the one under way, perhaps before its time

    bool OpensForLess(const Fuse& than) const;
    // Now and later, whatever happens, it lets go all that the other one does.
    bool Covers(const Fuse& other) const;
  };
  std::int64_t LeastDelay(std::uint32_t failures) const;
  // How long an event or a person waits that was told so now.
  std::int64_t Own(std::int64_t until, std::int64_t now) const {
    return now <= own_waits_end_ ? now : until;
  }
  std::string WhyNot(const Fuse& fuse, const Exchange& exchange) const;
  void NoNetwork(const std::string& id, NetworkError error, std::int64_t now);
  void Outage(NetworkError error, std::int64_t now);
  void Retry(const Exchange& exchange, bool left, std::int64_t now);
  void Refuse(std::int64_t now);
  void Open(Fuse* fuse, std::int64_t now);
  void Failed(Fuse* fuse, const std::string& id, std::int64_t now);
  void Close() { fuses_ = {Fuse()}; }
  void UnknownPerhapsSinceLater();
  void LookForTooLong(const std::string& person, std::int64_t now);
  void MaybeClosed();
  void MaybeOpened(std::int64_t now);
  void KeepUncovered();
  void Probe(std::int64_t now);
  void LeaveIf(bool fresh_connection);
  void Accepted() { refused_until_ = next_key_at_ = 0, rejected_in_a_row_ = keys_probed_ = 0; }
  void Throttled() { window_ = std::max<std::uint32_t>(1, window_ / 2); }

  const Config& config_;
  std::chrono::milliseconds unknown_user_max_age_{0};
  std::uint32_t window_;
  std::set<std::uint64_t> open_;
  std::set<std::uint64_t> left_;  // under way on connections that were left: they hold nothing up
  std::map<std::uint64_t, std::uint64_t> asked_with_;  // how many keys there had been then
  std::uint64_t keys_ = 0;
  std::set<std::uint64_t> probes_;  // sent to see whether we are still refused
  // What the breaker may be, never empty: whether an answer made an event poison, which closes the
  // breaker, cannot always be told from outside. A request must be allowed by one of them. None
  // that another one covers is kept, so they stay few.
  std::vector<Fuse> fuses_{1};
  std::int64_t opened_at_ = 0;
  bool tls_failed_ = false;        // the last outage was TLS's
  std::uint64_t probed_with_ = 0;  // how many keys there had been then
  std::uint32_t keys_probed_ = 0;  // in a row, and none was accepted
  std::int64_t next_key_at_ = 0;
  // The network is back: for so long a probe may be due to that, and the second one.
  std::int64_t owed_ms_ = 0, again_ms_ = 0;
  std::int64_t last_step_ = 0;
  std::int64_t own_waits_end_ = -1;  // up to then
  std::uint32_t rejected_in_a_row_ = 0;
  std::int64_t refused_until_ = 0, refused_at_ = 0;
  std::int64_t hold_until_ = 0, hold_at_ = 0;
  std::uint64_t deliveries_ = 0;
  std::map<std::string, std::uint64_t> failed_at_;
  bool forgetful_ = false;                        // more of them than the agent remembers
  std::map<std::string, std::uint32_t> retries_;  // at least so many are counted
  std::map<std::string, std::uint32_t> blamed_;   // ... and at most
  std::map<std::string, std::int64_t> due_;
  std::map<std::string, Wait> people_;  // unknown to the server
  struct Since {
    std::int64_t earliest, latest;
  };
  std::map<std::string, Since> unknown_since_;  // between these two
};

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_SIMULATION_PACE_H_
