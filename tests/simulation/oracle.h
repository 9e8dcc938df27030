// Knows every event that was accepted, what the server saw and what the agent was told, and
// complains when a promise is broken. Independent of the agent's own state: it watches the host's
// calls, the wire and, from time to time, a copy of the store.

#ifndef EMBEDDABLES_TESTS_SIMULATION_ORACLE_H_
#define EMBEDDABLES_TESTS_SIMULATION_ORACLE_H_

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "agent/store/settings.h"
#include "embeddables/agent.h"
#include "tests/simulation/coverage.h"
#include "tests/simulation/digest.h"
#include "tests/simulation/disk.h"
#include "tests/simulation/network.h"
#include "tests/simulation/pace.h"
#include "tests/simulation/sim_clock.h"

namespace embeddables::test {

// How one life of the process ended.
enum class LifeEnd : std::uint8_t { kShutdown, kSigkill, kPowerCut };

class Oracle final : public Wiretap {
 public:
  Oracle(const Config& config, const SimClock& clock, SimDisk* disk, std::string path,
         Coverage* coverage);

  // --- The host's calls, told when they are made.
  // Names are unique, so that they tell events apart.
  void Tracked(const std::string& name, Priority priority, const Identifier& identifier);
  void Identified(const std::string& key, const std::string& json);
  void WasReset();
  void Persisted(bool on_disk);  // an answer of ok: all before is on disk
  void ConsentAsked(Consent consent);
  void ConsentDone(Consent consent);  // not a denial: that is EraseDone
  void EraseAsked();
  // A purge or denial has removed what was there; it is done, traces included.
  void Erased();
  void EraseDone(DropReason reason, const std::string& marker);
  void SetPaused(bool paused);
  void SetNetwork(NetworkState state);
  void ClockCameRight() { pace_.ClockCameRight(clock_.BootMs()); }
  void KeyChanged() { pace_.KeyChanged(clock_.BootMs()); }
  void Requeued();
  // The host has said what time it is.
  void ToldTrueTime();
  // A sleep with something in the air: an open breaker may probe.
  void MayProbe() { pace_.NetworkBack(clock_.BootMs()); }
  // A stored record of somebody was damaged by the medium.
  void Damaged(const std::string& name) { events_[name].damaged = true; }
  // The store's file was, so that until it is repaired it cannot be looked at; all is to be found.
  void StoreDamaged() { store_damaged_ = was_damaged_ = true; }
  void StoreRepaired();
  bool store_damaged() const { return store_damaged_; }
  // What this life goes by, as far as the store decides it.
  const InForce& in_force() const { return in_force_; }

  // --- Lives.
  void Started(const Stats& stats);
  void Ended(LifeEnd end, bool told_ok);
  bool alive() const { return alive_; }

  // --- The wire.
  bool process_alive() const override { return alive_ && !disk_->dead(); }
  void Begun(const Exchange& exchange) override;
  void Answered(const Exchange& exchange, bool server_has_it) override;
  void AskedTime(const Exchange& exchange) override;
  void ToldTime(const Response& response) override { pace_.ToldTime(response, clock_.BootMs()); }
  void Abandoned(const Exchange& exchange, bool server_has_it) override;

  // SQLite's memory fails: as if the disk did.
  void MemoryMayFail(bool may) { memory_may_fail_ = may; }
  bool memory_may_fail() const { return memory_may_fail_; }

  // --- Checks.
  void AfterStep(const Stats& stats);
  void TookOutcome(const Outcome& outcome, const Stats& stats);
  // Reads a copy of the store. `begins`: between two lives, when what it holds is the truth about
  // what a crash left.
  void Inspect(bool between_lives);
  void AfterTheEnd(const Stats& stats);

  const Pace& pace() const { return pace_; }
  Consent consent() const { return consent_; }
  // Of two orders that wait for the disk the later one decides what is accepted.
  bool refuses() const { return said_ == Consent::kDenied; }
  std::uint64_t events() const { return events_.size(); }
  std::uint64_t pending_hint() const { return last_.ledger.pending; }
  const std::vector<std::string>& letters() const { return letters_; }
  const std::vector<std::string>& rows() const { return rows_; }
  std::uint64_t lost_at_kills() const { return lost_at_kills_; }
  std::uint64_t repeats() const { return repeats_; }

  void Trace(const std::string& line);
  void Complain(const std::string& what);
  bool failed() const { return !complaint_.empty(); }
  const std::string& complaint() const { return complaint_; }
  // Of the trace, the outcomes and each change of the ledger.
  std::uint64_t digest() const { return digest_.value(); }
  std::string trace() const;

 private:
  struct Event {
    int serial = 0;
    std::string id, key, json;
    std::int64_t window = 0;  // of events without a person; 0: it was closed by a Reset
    std::int64_t person_at = 0, closed_at = 0;  // when these came to be, as numbers of calls
    std::int64_t tracked_at = 0;
    std::int64_t true_ms = 0;  // by a wall clock that nobody sets
    int boot = 0;              // 0: whether it was tracked in this boot cannot be known any more
    bool is_volatile = false;
    bool acknowledged = false;
    bool at_server = false, may_repeat = false;
    bool delivered = false;  // the agent was told so
    bool rejected = false;
    bool gone = false;    // dropped, or lost with the memory of a process: never to be seen again
    bool erased = false;  // by a purge or denial: a power cut must not bring it back either
    bool damaged = false;
    bool in_flight = false;
    bool nameless = false;  // tracked after a removal, of a person whose name that took
  };
  struct Row {
    std::string key, json;
    bool open = false;
  };
  struct Snapshot {
    std::map<std::string, Row> rows;
    std::vector<std::string> letters;
    std::uint64_t damaged_rows = 0, count = 0;
    Consent consent = Consent::kUnknown;
    Ledger ledger;     // pending as derived from the counters
    InForce settings;  // as the disk says
  };

  bool Read(Snapshot* snapshot);
  void ReadRows(sqlite3* copy, Snapshot* snapshot);
  static void ReadSettings(sqlite3* copy, InForce* settings);
  void LearnSettings(const Stats& stats);
  void CheckRow(const std::string& name, const Row& row, bool to_go);
  void CheckUnsettled(const Snapshot& snapshot);
  void Acknowledge();
  void CheckLedger(const Ledger& ledger);
  void CheckMissing(const Snapshot& snapshot);
  void Adopt(const Snapshot& snapshot);
  void CheckRequest(const Exchange& exchange, const Event& event);
  void MovedToDisk();
  void DigestLedger(const Ledger& ledger);
  static void Erase(Event* event);
  void SuspectOf(const std::string& what) { suspicion_ = what; }
  // The marker that is in each event's props is nowhere on the disk.
  void LookForTraces(const std::string& marker);
  void Received(Event* event, const char* how);

  const Config& config_;
  const SimClock& clock_;
  SimDisk* disk_;
  const std::string path_;
  Coverage* coverage_;
  Pace pace_;
  Endpoint reader_;

  std::map<std::string, Event> events_;
  int serial_ = 0;
  std::int64_t calls_ = 0;  // numbered, to tell what an acknowledgement covers
  std::int64_t acknowledged_call_ = 0;
  bool name_erased_ = false;  // by a removal, and nobody was named since
  std::string key_, json_;    // the person
  std::int64_t window_ = 1, windows_ = 1;
  std::uint64_t tracked_at_erasing_ = 0;
  int erases_to_ = 0;  // a purge or denial was ordered when so many events had been tracked
  int serial_at_start_ = 0;
  int owed_to_ = 0;  // a purge in memory is due on the disk, of events up to this
  Consent consent_ = Consent::kUnknown;  // in effect
  Consent said_ = Consent::kUnknown;     // last, by the host
  bool consent_sure_ = true;             // nothing of it waits for the disk
  bool denial_kept_ = false;             // a step has seen it: on the disk or in the memory it is
  bool erasing_ = false;
  bool memory_may_fail_ = false;
  bool store_damaged_ = false, was_damaged_ = false;
  bool paused_ = false;
  bool alive_ = false;
  NetworkState network_ = NetworkState::kUnknown;
  bool memory_lives_on_ = false;  // at the last end: what was in the intake is taken over
  LifeEnd last_end_ = LifeEnd::kShutdown;

  InForce in_force_;
  // A lower bound is reached in steps, and the files never shrink.
  std::uint64_t most_rows_ = 0, most_letters_ = 0, most_bytes_ = 0;
  std::uint64_t rows_seen_ = 0;  // the most since the last power cut

  Stats last_, first_;
  std::int64_t started_at_ = 0;
  int time_known_in_ = 0;  // a boot; 0: the host has said nothing that counts
  std::int64_t time_told_at_ = 0;
  std::uint64_t tracked_ = 0, told_delivered_ = 0;  // of this life
  std::uint64_t dropped_told_[kDropReasons] = {};
  std::deque<std::int64_t> queued_since_;
  std::uint64_t accepted_on_disk_ = 0;
  std::uint64_t evicted_on_disk_ = 0;  // for the bound on rows
  Consent consent_on_disk_ = Consent::kUnknown;
  std::int64_t disk_bad_at_ = -1'000'000;
  std::uint64_t disk_failures_ = 0;
  std::vector<std::string> letters_, rows_;
  std::uint64_t lost_at_kills_ = 0, repeats_ = 0;

  std::string suspicion_;  // a complaint, unless the end of the step explains it
  std::deque<std::string> trace_;
  Digest digest_;
  std::string complaint_;
};

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_SIMULATION_ORACLE_H_
