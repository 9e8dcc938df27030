// The agent behind the public API: owns the rooms, wires them, and carries calls to the worker.
//
// It is shared with the worker's thread, which may outlive the Agent if the disk is stuck.

#ifndef EMBEDDABLES_AGENT_API_AGENT_IMPL_H_
#define EMBEDDABLES_AGENT_API_AGENT_IMPL_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "agent/api/clock_of_host.h"
#include "agent/base/mutex.h"
#include "agent/base/reporter.h"
#include "agent/base/time.h"
#include "agent/event/event.h"
#include "agent/intake/intake.h"
#include "agent/send/proxy.h"
#include "agent/worker/calls/call.h"
#include "agent/worker/calls/erasure_calls.h"
#include "agent/worker/calls/flush_calls.h"
#include "agent/worker/mailbox.h"
#include "agent/worker/worker.h"
#include "embeddables/agent.h"
#include "platform/clock.h"
#include "platform/process_registry.h"
#include "platform/thread.h"
#include "platform/wake_signal.h"

namespace embeddables {

// The worker ends a call at its deadline and says what was done; a caller waits this much longer
// for that before it leaves without it.
inline constexpr std::chrono::milliseconds kGrace{50};

inline Status NotRunning() {
  return Status(StatusCode::kNotRunning, "the agent has ended; start a new one");
}
Status NotHere();  // in a forked child
Status Exiting();
Status NoRoom(const Intake& intake);

// All random numbers follow from these.
struct Seeds {
  std::uint64_t ids_a = RandomSeed(), ids_b = RandomSeed(), worker = RandomSeed();
};

class Agent::Impl final : public ProcessMember {
 public:
  using milliseconds = std::chrono::milliseconds;

  // Uses the system's clock, random seeds and network, unless a simulation brings its own or the
  // config has the host's.
  explicit Impl(const Config& config, const Clock& clock = SystemClock(),
                const Seeds& seeds = Seeds())
      : config_(config),
        host_clock_(config.clock),
        clock_(config.clock != nullptr ? host_clock_ : clock),
        seeds_(seeds),
        reporter_(config_),
        worker_(config_, clock_, &intake_, &mailbox_, &reporter_, &wake_, seeds.worker) {}
  ~Impl() {
    worker_.LetGo();
    Leave();
  }

  // Keeps it for a caller that is in it: with Config::pump a callback within the call may destroy
  // the agent. Its events must be kept all the same.
  class Kept {
   public:
    explicit Kept(const std::shared_ptr<Impl>& impl);
    ~Kept();
    Kept(const Kept&) = delete;
    Kept& operator=(const Kept&) = delete;
    Impl* operator->() const { return impl_.get(); }

   private:
    const std::shared_ptr<Impl> impl_;
  };

  Status Open(std::unique_ptr<Transport> transport = nullptr);
  // Exit ends an agent with a thread; one without runs then only if the host steps it.
  static Status StartThread(const std::shared_ptr<Impl>& self);
  // Makes the object that the host owns.
  static std::unique_ptr<Agent> MakeAgent(std::shared_ptr<Impl> self);

  Status Track(std::string_view name, Props props, const EventOptions& options);
  Status Identify(const Identifier& identifier);
  Status Reset();
  // Hands a call to the worker; does not wait. One that ends the agent closes the intake.
  Status Post(const std::shared_ptr<Call>& call, milliseconds timeout);
  // Waits until the call is done. If not *done, the worker may still write the results.
  Status Await(const std::shared_ptr<Call>& call, milliseconds timeout, bool* done);
  Status Await(const std::shared_ptr<ReportingCall>& call, milliseconds timeout,
               FlushResult* result);
  Status Await(const std::shared_ptr<ErasureCall>& call, milliseconds timeout, PurgeResult* result);
  Status Shutdown(bool send, milliseconds timeout, FlushResult* result);
  Status SetWallClock(UnixTime wall);
  // agent_pump.cc
  Status Pump(milliseconds budget, milliseconds* next);
  Stats GetStats() const;
  // Returns the last word on consent, and has the worker look whether another process has changed
  // it since.
  Consent AskConsent();
  Reporter& reporter() { return reporter_; }
  // For tests, which step it in place of the thread.
  Worker& worker() { return worker_; }
  const WakeSignal& wake() const { return wake_; }
  // Does the store have all that was tracked? Durability::kImmediate waits for that.
  bool AllStored() const;

  // agent_process.cc
  Status EnterProcess(std::unique_ptr<Transport>* transport);
  static void Abandon(std::shared_ptr<Impl> self);
  std::atomic<bool> caught{false};  // by exit, in the middle of a call: must not be destroyed

 private:
  void BeginExit(SteadyTime until) override;
  void AwaitExit(SteadyTime until) override;
  bool Rest(SteadyTime until) override;
  void Continue() override;
  void CloseInherited() override;

  // `end`: receives the event's position, for a caller that will wait for it; else null.
  Status Accept(std::string_view name, Props props, const EventOptions& options,
                std::uint64_t* end);
  Status TrackImmediately(std::string_view name, Props props, const EventOptions& options);
  Status AwaitStored(std::uint64_t end, std::uint64_t purges_before);
  static void Run(void* argument);
  void Ended();
  // Waits until the call is done (null: none) or the worker has ended; false: the deadline passed
  // first. With Config::pump it pumps meanwhile.
  bool AwaitEnd(const Call* call, BootTime deadline) EMB_REQUIRES(mailbox_.mutex);
  bool IsOver(const Call* call) const EMB_REQUIRES(mailbox_.mutex) {
    return (call != nullptr && call->done()) || mailbox_.ended;
  }
  // agent_pump.cc
  bool TakePump();
  void LeavePump();
  // False: there is time left, but no thread may sleep here.
  bool PumpFor(const Call* call, BootTime deadline);
  bool PumpUntil(const Call* call, BootTime deadline) EMB_REQUIRES(mailbox_.mutex);
  Status Refused(StatusCode code, const char* what, std::string_view detail = {});
  void WakeWorker(const Intake::Slot& slot, bool urgent);
  bool OnWorkerThread() const { return mailbox_.thread_id.load() == CurrentThreadId(); }

  Config config_;
  const std::string no_proxy_ = AdoptProxy(&config_);  // runs on the thread that calls Start
  const ClockOfHost host_clock_;
  const Clock& clock_;
  const Seeds seeds_;
  EventRules rules_;
  Intake intake_;
  Mailbox mailbox_;
  Reporter reporter_;
  WakeSignal wake_;
  Worker worker_;
  Mutex thread_mutex_;
  Thread thread_ EMB_GUARDED_BY(thread_mutex_);
  int waiting_ EMB_GUARDED_BY(mailbox_.mutex) = 0;  // threads of the host
  std::atomic<std::uint64_t> refused_{0};
  std::atomic<std::uint64_t> queue_full_{0};
  std::shared_ptr<Impl> abandoned_;  // itself, in a forked child
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_API_AGENT_IMPL_H_
