// One seed: one device, from its first start to the day when everything has been settled. The whole
// agent runs single-threaded in virtual time against a simulated disk, network and server; a script
// drawn from the seed does to it what hosts, users and machines do.

#ifndef EMBEDDABLES_TESTS_SIMULATION_SIMULATION_H_
#define EMBEDDABLES_TESTS_SIMULATION_SIMULATION_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "agent/api/agent_impl.h"
#include "agent/base/time.h"
#include "agent/worker/calls/erasure_calls.h"
#include "tests/simulation/coverage.h"
#include "tests/simulation/disk_files.h"
#include "tests/simulation/network.h"
#include "tests/simulation/oracle.h"

namespace embeddables::test {

// A config that Start accepts, and that differs from seed to seed in all that matters.
Config DrawConfig(const std::string& store_path, Random* random);

// In each event's props: to look for what a denial left behind.
inline constexpr char kMarker[] = "zq_marker_7f3a";

class Simulation {
 public:
  Simulation(const Config& config, std::uint64_t seed, Coverage* coverage);
  ~Simulation();
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  // The whole script. False: a promise was broken.
  bool Run();

  // --- Its parts, for scenarios that are written by hand.
  bool Start();  // a new process; false: it cannot, or died on the way
  bool running() const { return impl_ != nullptr; }
  bool Alive() const { return running() && !disk_.dead(); }
  void Track(int count, Priority priority = Priority::kNormal, const char* kind = "plain");
  void Identify(const std::string& person);
  void Reset();
  // Blocking calls. False: not done in time, or the process died.
  bool Persist(std::int64_t timeout_ms);
  bool Flush(std::int64_t timeout_ms);
  bool SetConsent(Consent consent, std::int64_t denial_timeout_ms = 5'000);
  bool Purge(std::int64_t timeout_ms = 5'000);
  bool Requeue(std::int64_t id);
  bool Suspend(std::int64_t timeout_ms);
  void Resume();
  // The host learns the true time, and says it.
  void SetApiKey(const std::string& key);
  void SetWallClock();
  bool Shutdown(bool send, std::int64_t timeout_ms);
  void Sigkill();
  void CutPower(PowerCut cut);
  // The process forks, and waits for the child's end.
  void Fork();
  // Of what a seed does; a run without differs in nothing else.
  void NeverFork() { may_fork_ = false; }
  // While nobody runs: the store is as the first version of the schema had it.
  void MakeOlder();
  // While nobody runs and the store has no log: what the medium says of the first page is nonsense.
  // Nothing else is lost with it. False: there is no such store.
  bool DamageHeader();
  // While nobody runs: the database loses its name, and all that is left is its log.
  bool LoseDatabase();
  // Processes that open a damaged store and do nothing more; some die of it, or their disk fails.
  void RepairAmongFaults();
  // One on a healthy disk, after which all that was there is there again.
  void FinishRepair();
  // A process that opens the store, and ends without doing anything more. If it dies before, the
  // disk is left to whoever cleans up after its death.
  std::uint64_t OpenOnly();
  // What a process that died by itself leaves.
  void CleanUpAfterDeath(LifeEnd end, PowerCut cut);
  void Advance(std::int64_t ms);
  // Everything healthy: until nothing is pending, or it is clear that something is stuck.
  void Settle();
  void Inspect() { oracle_.Inspect(!running()); }

  SimDisk& disk() { return disk_; }
  SimServer& server() { return server_; }
  SimClock& clock() { return clock_; }
  Oracle& oracle() { return oracle_; }
  bool broken() const { return oracle_.failed(); }
  std::uint64_t steps() const { return steps_; }
  std::uint64_t crashes() const { return crashes_; }

 private:
  using Done = std::function<bool()>;

  // What a dead process left in memory that outlives it; gone with the power.
  void TakeOverMemory();
  void ForgetMemory();
  // The loop (simulation.cc); the calls are in calls.cc.
  void Step();
  bool Due() const;
  void AdvanceUntil(std::int64_t ms, const Done& done);
  void Post(const std::shared_ptr<Call>& call, std::int64_t timeout_ms);
  bool Await(const std::shared_ptr<Call>& call, std::int64_t timeout_ms);
  void StepThread();
  void Pump();
  void AwaitImmediate();
  void TakeOutcomes(const Stats& stats);
  void WatchOrders();

  // Forks (forks.cc).
  void PerhapsFork();
  std::string LiveAsChild(std::uint64_t own_seed);
  bool Woken() const;

  // The script (script.cc).
  void Act();
  void ActBeforeItIsOver();
  void TrackSome(int count);
  void ActOnHost(std::int64_t which);
  void ActOnWorld(std::int64_t which);
  void EndLife();
  void Reopen();
  void BreakDisk();
  void PerhapsBreakDisk();
  void DamageARow();
  bool ChangeStore(const std::string& sql);
  void JumpWall();
  void Happened(const char* what);
  bool Is(const std::string& situation) const;
  std::int64_t DrawDelay();
  void DrawSettings(Config* config);
  Priority DrawPriority();
  const char* DrawKind();
  std::string DrawPerson();

  Config config_;
  Config heirs_config_;
  const Config first_config_;
  const std::string memory_;  // a folder
  Random random_;
  Coverage* coverage_;
  SimClock clock_;
  SimDisk disk_;
  const SimFiles files_{&disk_};
  SimServer server_;
  Oracle oracle_;
  SimNetwork network_;
  std::shared_ptr<Agent::Impl> impl_;

  // Of its own, so that forks change nothing else in a seed.
  Random fork_random_;
  bool may_fork_ = true;
  std::uint64_t fork_at_ = 0;  // a step; 0: none is planned
  // Likewise.
  Random settings_random_;
  bool settings_vary_ = false;  // from life to life

  bool asleep_ = false;
  BootTime wake_at_ = BootTime::Never();
  std::uint64_t steps_ = 0, crashes_ = 0;
  std::uint64_t failures_before_life_ = 0;  // of the disk
  int spins_ = 0;                           // steps at one instant
  std::shared_ptr<ErasureCall> erasing_;
  bool removed_ = false;                               // by the purge or denial under way
  std::deque<std::shared_ptr<ErasureCall>> consents_;  // ordered, not yet done
  DropReason erasing_for_ = DropReason::kPurged;
  int tracked_ = 0;
  std::string api_key_;
  bool paused_ = false;
  NetworkState network_state_ = NetworkState::kUnknown;
  PowerCut pending_cut_ = PowerCut::kDropped;  // of a death that is set up
  LifeEnd pending_end_ = LifeEnd::kSigkill;
};

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_SIMULATION_SIMULATION_H_
