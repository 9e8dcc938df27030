// The one background thread: intake -> store -> courier, then sleep. Step is a function of time and
// inputs; Run is the loop around it that a thread runs.
//
// The host's calls arrive in a mailbox (rare ones) and through the intake (events, identity).

#ifndef EMBEDDABLES_AGENT_WORKER_WORKER_H_
#define EMBEDDABLES_AGENT_WORKER_WORKER_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/api/reporter.h"
#include "agent/base/mutex.h"
#include "agent/base/step_gate.h"
#include "agent/event/event.h"
#include "agent/intake/intake.h"
#include "agent/intake/intake_memory.h"
#include "agent/intake/intake_remains.h"
#include "agent/intake/young.h"
#include "agent/send/courier.h"
#include "agent/send/endpoint.h"
#include "agent/send/transport.h"
#include "agent/store/store.h"
#include "embeddables/agent.h"
#include "platform/clock.h"
#include "platform/clock_watch.h"
#include "platform/doorbell.h"
#include "platform/network_monitor.h"
#include "platform/process_lock.h"
#include "platform/process_registry.h"
#include "platform/wake_signal.h"

namespace embeddables {

// One blocking call of the host. Shared, because a caller whose deadline passes leaves before the
// worker is done with it. All but `kind` and the inputs is guarded by Mailbox::mutex.
struct Call {
  enum class Kind : std::uint8_t {
    kPersist,
    kFlush,
    kShutdown,
    kPurge,
    kSetConsent,
    kDeadLetters,
    kRequeue,
    kPause,
    kResume,
    kSuspend,
    kSetApiKey,
    kSetNetwork,
    kSetWallClock,
  };
  Kind kind = Kind::kPersist;
  // Inputs.
  std::int64_t deadline_ms = 0;  // boot clock
  bool send = true;              // kShutdown
  Consent consent = Consent::kUnknown;
  NetworkState network = NetworkState::kUnknown;
  std::string text;            // kSetApiKey
  TrueOffset offset;           // kSetWallClock
  std::int64_t id = 0;         // kRequeue; kDeadLetters: after
  std::size_t limit = 0;       // kDeadLetters
  std::uint64_t position = 0;  // of the intake when the call was made
  // The worker's.
  bool started = false;
  bool removed = false;  // kPurge, kSetConsent: what it removes; traces may be left
  bool asked = false;    // ... the sender, to erase traces
  std::uint64_t young_in_flight = 0;
  Mark last;  // kFlush, kShutdown: its events were appended up to this
  Ledger before;
  // Results.
  bool done = false;
  Status status;
  FlushResult flushed;
  PurgeResult purged;
  std::uint64_t count = 0;
  std::vector<DeadLetter> letters;
};

// What callers and worker share, beside the intake.
struct Mailbox {
  mutable Mutex mutex;
  Condition changed;  // a call is done, `stored_to` moved, the worker ended
  std::list<std::shared_ptr<Call>> calls EMB_GUARDED_BY(mutex);
  Stats stats EMB_GUARDED_BY(mutex);
  Holdup holdup EMB_GUARDED_BY(mutex);  // of the same moment
  bool ended EMB_GUARDED_BY(mutex) = false;
  // Of what is in the intake; changes together with the ledger in `stats`.
  std::uint64_t delivered_in_intake EMB_GUARDED_BY(mutex) = 0;
  // Of the intake: all before this position is in the store, or was purged.
  std::uint64_t stored_to EMB_GUARDED_BY(mutex) = 0;
  std::uint64_t purges EMB_GUARDED_BY(mutex) = 0;  // how often it was purged, and why the last time
  DropReason purged_for EMB_GUARDED_BY(mutex) = DropReason::kPurged;
  std::atomic<bool> denied{false};        // consent: stops callers at once
  std::atomic<int> pausing{0};            // Pause and Suspend that the worker has not taken yet
  std::atomic<std::int64_t> ask_at{0};    // when a refused caller has the worker look again
  std::atomic<bool> urgent{false};        // a critical event is in the intake
  std::atomic<bool> sleeping{false};      // without a timer: callers must wake the worker
  std::atomic<std::size_t> thread_id{0};  // the worker's; 0 when it has ended
  std::atomic<bool> park{false};          // the process exits: touch no library any more
  StepGate gate;                          // closed while the process forks
  StepGate transport_gate;                // closed when the process exits
};

class Worker {
 public:
  // `seed` decides every draw of chance, so that a run can be replayed.
  Worker(const Config& config, const Clock& clock, Intake* intake, Mailbox* mailbox,
         Reporter* reporter, WakeSignal* wake, std::uint64_t seed);

  // Whose agent it is: without one, nobody keeps two agents of a process from one store, and the
  // intake ends with the agent.
  void UseProcess(ProcessMember* process) { process_ = process; }
  // In place of the system's folders for memory that outlives a process.
  void UseMemoryFolder(const std::string& folder) { memory_.UseFolder(folder); }
  // In place of the system's files, for the store's.
  void UseFiles(const FileSystem& files) { files_ = &files; }
  // Opens the store (on the caller's thread) and makes ready to run.
  Status Open(const std::string& store_path, std::unique_ptr<Transport> transport);

  // Runs until a Shutdown is done.
  void Run();
  // One step of Run, never waits. Returns when to step again, on the boot clock; -1: only when
  // woken. Past `stop_at` it leaves to the next step what can wait.
  std::int64_t Step(std::int64_t stop_at = INT64_MAX);
  // Waits after a step: until that time, a transfer that can move, or a caller.
  void Sleep(std::int64_t until);
  // The two ends of Sleep: when the wait must end, -1: only when woken; and what follows it.
  std::int64_t FallAsleep(std::int64_t until);
  void WakeUp();
  // Before a step, for who sleeps between two: the system tells what becomes of the intake's
  // memory.
  void WatchMemory() { memory_.Watch(); }
  // Can a transfer move that could not in the last step?
  bool CanMove() { return transport_->in_flight() > 0 && transport_->Wait({}, {}); }
  bool in_flight() const { return transport_->in_flight() > 0; }
  bool ended() const { return ended_; }
  // Gives back what it has of the libraries, while no fork is under way; then it can only be
  // destroyed.
  void LetGo();
  // In a forked child, where the worker rests for ever: lets go of the store's files.
  void CloseInherited() { store_->CloseInherited(); }

 private:
  Status ClaimStore(bool wait);
  void Watch();
  void TakeCalls();
  void StartCall(Call* call);
  // worker_calls.cc
  void StepCalls();
  bool StepCall(Call* call);
  bool StepPersist(Call* call);
  bool StepFlush(Call* call);
  bool StepShutdown(Call* call);
  bool EndRequests(const Call& call);
  bool NothingIsLost() const;
  Status EndStatus(bool absorbed) const;
  bool EndWith(Call* call, const Status& status);
  bool StepPurge(Call* call);
  bool StepConsent(Call* call);
  bool StepDeadLetters(Call* call);
  bool StepRequeue(Call* call);
  void StartWallClock(Call* call);
  bool StepWallClock(Call* call);
  bool PrepareFlush(Call* call);
  bool Absorbed(const Call& call) const;
  Status Prospect(std::int64_t deadline);
  bool Erase(Call* call, DropReason reason);
  void StopSending(Call* call);
  bool Remove(Call* call, DropReason reason);
  void TryAgain(const Call& call);
  bool WaitsForStore(const Call& call);
  void StepAgain(std::int64_t at);
  void Finish(Call* call, const Status& status);
  void FillResult(Call* call);
  bool ErasingBut(const Call* call) const;
  void FinishDenial();
  void DenyFirst();
  bool ObeyOldDenial(Store* next);
  bool EraseOwed(Store* next);

  void MindClock();  // worker_clock.cc
  bool AbsorbDue(std::int64_t now);
  // worker_young.cc
  bool FoldDue(std::int64_t now);
  bool FoldNow() const;
  std::int64_t FoldAt();
  std::int64_t NextFold(std::int64_t now);
  bool BeingWritten() const;
  bool TakeLast(std::string_view bytes, std::uint64_t* events, bool* critical,
                std::vector<Courier::Moved>* moved);
  void LetOthersJoin() const;
  void Absorb(std::int64_t now, std::int64_t stop_at);
  bool BeginStoring(std::size_t one, std::size_t* chunk);
  bool AbsorbChunk(bool* more);
  bool TakeRecord(std::string_view bytes, std::uint64_t* events, bool* critical,
                  StoredEvent* claimed = nullptr);
  std::size_t ChunkBytes() const;
  // worker_intake.cc
  void ChoosePlaces();
  Status MakeIntake();
  IntakeOrigin Origin() const;
  IntakePosition TakenSoFar() const;
  void FollowStore();
  void TellPlace();
  void MindMemory(std::int64_t now);
  void LeaveYoung(std::int64_t now);
  void LeaveIntake();
  // worker_remains.cc
  bool ForEachRemains(const std::function<bool(IntakeRemains*)>& take, bool unknown_too);
  bool TakeRemains(LeftMemory* left, const std::function<bool(IntakeRemains*)>& take,
                   bool unknown_too);
  void TakeOverRemains(std::int64_t now);
  bool StoreRemains(IntakeRemains* remains);
  bool SettleRemains(const IntakeRemains& remains);
  bool StoreSomeRemains(IntakeRemains* remains, bool* more);
  bool TakeLeftRecord(std::string_view bytes, std::uint64_t* events, bool* critical);
  bool DropRemains(DropReason reason, IntakeRemains* remains, std::uint64_t* dropped, bool* more);
  bool PurgeRemains(DropReason reason, PurgeResult* result);
  enum class Sweep : std::uint8_t { kRemoval, kNewStore, kAge };
  void EraseStrangers(Sweep sweep);
  bool MayErase(Sweep sweep, const IntakeOrigin& left) const;
  void TellUnknownRemains();
  void TellDamagedRemains();
  // worker_consent.cc
  struct Turn {
    bool held = false;      // by a call that comes first
    bool denied = false;    // nothing of it may be stored
    std::uint64_t end = 0;  // what lies before this may be taken out
  };
  Turn IntakesTurn() const;
  bool MustWait(const Call* call) const;
  std::uint64_t EndOfRemoval(const Call& call) const;
  bool DiscardIntake(std::uint64_t end);
  bool PurgeIntake(DropReason reason, bool store_too, std::uint64_t end, PurgeResult* result);
  // `purged`: why the events were not stored. Returns how many the courier had not heard of.
  std::uint64_t FreeIntake(std::uint64_t events, const DropReason* purged = nullptr);
  bool ReadIntake(std::uint64_t end, std::string_view* record) {
    return !Intake::Reached(intake_->ReadPosition(), end) && intake_->Read(record);
  }
  bool Hurried() const { return absorb_all_ || config_.durability == Durability::kImmediate; }
  void StoreFailed(std::int64_t now);
  bool DropDenied();
  void WatchNetwork();
  NetworkState Network() const;
  // worker_others.cc
  void NoticeOthers();
  void ShareConsent(bool denied);
  void MindLock(std::int64_t now);
  void TryToSend(std::int64_t now);
  bool TryLock();
  void TellFile(const std::string& path, const std::string& trouble, std::string* told);
  void Listen(std::int64_t now);
  bool IsSender() const { return in_memory_ || sender_lock_.held(); }
  bool OthersSend() const { return !config_.store_only && !IsSender(); }
  enum class Ring : char { kAppended = 'a', kSendNow = 's', kCheckpoint = 'c', kErase = 'e' };
  void TellSender(Ring what);
  void Answer();
  void KeepLogShort();
  bool EraseTraces(Call* call);
  void Upkeep(std::int64_t now);
  // worker_store.cc
  void MindStore(std::int64_t now);
  std::int64_t NextMending(std::int64_t now) const;
  void RepairStore(std::int64_t now);
  Status OpenStore();
  void StoreIsRead();
  std::int64_t RetryAt(std::int64_t now, std::int64_t otherwise_ms) const;
  bool MoveToPath();
  bool TakeOverRest();
  bool StoreIsWhole() const;
  Ledger WholeLedger() const;
  std::uint64_t DeliveredByNow() const { return store_->ledger().delivered + young_.delivered(); }
  void TellStoreFailed();
  void TellStoreRecovered(const char* how);
  void TellDamage();
  void TellDrops();
  void PublishStats();
  void End();

  const Config& config_;
  const Clock& clock_;
  Intake* intake_;
  Mailbox* mailbox_;
  Reporter* reporter_;
  WakeSignal* wake_;
  const std::uint64_t seed_;

  ProcessMember* process_ = nullptr;
  const FileSystem* files_ = &SystemFiles();

  IntakeMemory memory_;
  std::int64_t tell_place_at_ = -1;  // the memory's, to the store; -1: it knows
  std::uint64_t taken_over_ = 0;     // events, from the dead
  std::int64_t take_over_at_ = 0;    // not before
  bool unknown_remains_told_ = false;

  std::string store_path_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Store> leaving_;  // what it holds is being taken over by store_
  std::unique_ptr<Transport> transport_;
  Endpoint endpoint_;
  Courier courier_;
  Young& young_ = courier_.young();
  ProcessLock sender_lock_;
  Doorbell doorbell_;                      // listening while the lock is held
  std::string lock_told_, doorbell_told_;  // what was told of their files
  std::int64_t listen_at_ = 0;             // not before
  std::list<std::shared_ptr<Call>> calls_;
  ClockWatch clock_watch_;
  bool clock_plausible_ = true;
  std::int64_t asleep_ms_ = 0;  // as last seen
  std::vector<int> watched_;    // descriptors that end the sleep when readable
  NetworkMonitor monitor_;
  NetworkState host_says_ = NetworkState::kUnknown;  // of the network

  std::uint64_t came_together_ = 0;  // events in the last commit, with kImmediate
  std::int64_t first_seen_ = -1;     // when the worker first saw what is in the intake; -1: empty
  std::int64_t last_absorb_ = 0;
  std::int64_t persist_ms_ = 0;
  std::int64_t last_news_ = 0;  // when something was new in the intake; with young events
  std::uint64_t seen_to_ = 0;   // its end at that look
  bool name_erased_ = false;    // by a removal: whose the next events are only this process knows
  std::int64_t absorb_again_ = 0;  // after a failure: not before
  std::int64_t try_lock_at_ = 0;
  std::int64_t upkeep_at_ = 0;
  std::int64_t mend_at_ = 0;      // the store's file: not before
  bool log_gone_ = false;         // ... its log, in the last step
  std::int64_t call_again_ = -1;  // the store kept a call from going on
  std::int64_t looked_for_file_ = 0;
  std::int64_t looked_at_ = 0;  // when the intake was last seen empty
  bool announced_ = false;      // callers wake the worker
  bool in_memory_ = false;
  bool absorb_all_ = false;  // a call waits for it
  bool store_failed_ = false;
  bool near_bound_told_ = false;
  bool owes_erasing_ = false;  // a purge in memory: the same is due on the disk when it is back
  DropReason owed_for_ = DropReason::kPurged;
  bool denial_done_ = false;  // by this process: nothing is left to erase
  bool ended_ = false;
  std::uint64_t bytes_written_ = 0;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_WORKER_WORKER_H_
