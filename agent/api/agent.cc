// The facade.

#include "embeddables/agent.h"

#include <atomic>
#include <new>
#include <utility>

#include "agent/api/agent_impl.h"
#include "agent/api/config.h"
#include "agent/send/endpoint.h"
#include "agent/worker/calls/dead_letter_calls.h"
#include "agent/worker/calls/setting_calls.h"
#include "platform/cancel_guard.h"

namespace embeddables {

using std::chrono::milliseconds;

namespace {

constexpr milliseconds kDestructorWait{1000};

}  // namespace

Status Agent::Impl::Open(std::unique_ptr<Transport> transport) {
  Status status = CheckRanges(config_);
  if (status.ok()) status = Endpoint::Check(config_);
  rules_.max_event_bytes = config_.max_event_bytes;
  rules_.event_id_key = config_.event_id_key;
  const Props common(config_.common_props);
  if (status.ok()) status = EncodeProps(common, config_.event_id_key, &rules_.common_props);
  rules_.common_count = static_cast<std::uint16_t>(common.size());
  config_.common_props.clear();  // rules_ has them
  if (status.ok()) status = ResolvePaths(&config_);
  if (!status.ok()) return status;
  if (!wake_.ok()) return Status(StatusCode::kOutOfMemory, "no descriptor for the agent");
  // A simulation's agents come and go within one process.
  if (transport == nullptr) status = EnterProcess(&transport);
  if (!status.ok()) return status;
  return worker_.Open(config_.store_path, std::move(transport));
}

Status Agent::Impl::StartThread(const std::shared_ptr<Impl>& self) {
  if (!self->EndAtExit()) return Exiting();
  auto* kept = new (std::nothrow) std::shared_ptr<Impl>(self);
  // The loader's lock is taken to size the stack; in a child of a fork nobody would give it back.
  const StepGate::Pass pass(&self->mailbox_.gate);
  const MutexLock lock(self->thread_mutex_);
  if (kept != nullptr &&
      self->thread_.Start("embeddables", self->config_.thread_stack_bytes, &Impl::Run, kept)) {
    return Status();
  }
  delete kept;
  return Status(StatusCode::kOutOfMemory, "the system could not start a thread");
}

std::unique_ptr<Agent> Agent::Impl::MakeAgent(std::shared_ptr<Impl> self) {
  return std::unique_ptr<Agent>(new Agent(std::move(self)));
}

void Agent::Impl::Run(void* argument) {
  auto* kept = static_cast<std::shared_ptr<Impl>*>(argument);
  Impl& self = **kept;
  self.mailbox_.thread_id = CurrentThreadId();
  if (const char* refused = BecomeOrdinaryThread()) {
    self.reporter_.Log(LogLevel::kWarning,
                       std::string("the system refused the agent's thread ") + refused);
  }
  if (self.config_.on_thread_start) self.config_.on_thread_start();
  self.worker_.Run();
  if (self.config_.on_thread_stop) self.config_.on_thread_stop();
  self.Ended();
  self.mailbox_.thread_id = 0;
  if (self.mailbox_.park) ParkThisThread();
  delete kept;
}

void Agent::Impl::Ended() {
  const MutexLock lock(mailbox_.mutex);
  mailbox_.ended = true;
  mailbox_.calls.clear();
  mailbox_.changed.NotifyAll();
}

// Another process may have changed consent since, and nothing else wakes an idle worker.
Consent Agent::Impl::AskConsent() {
  constexpr std::int64_t kAskAgainMs = 2000;
  const BootTime now = BootNow(clock_);
  BootTime ask_at = mailbox_.ask_at.load(std::memory_order_relaxed);
  if (now >= ask_at && mailbox_.ask_at.compare_exchange_strong(ask_at, now + kAskAgainMs)) {
    wake_.Signal();
  }
  return mailbox_.consent.load();
}

Status Agent::Impl::Identify(const Identifier& identifier) {
  if (!InItsProcess()) return NotHere();
  const Refusal refusal = CheckIdentifier(identifier);
  if (!refusal.ok()) return refusal;
  const Intake::Slot slot = intake_.Reserve(MeasureIdentify(identifier), true);
  if (slot.data == nullptr) return NoRoom(intake_);
  EncodeIdentify(identifier, slot.data);
  Intake::Commit(slot);
  WakeWorker(slot, false);
  return Status();
}

Status Agent::Impl::Reset() {
  if (!InItsProcess()) return NotHere();
  const Intake::Slot slot = intake_.Reserve(kRecordHeaderBytes, true);
  if (slot.data == nullptr) return NoRoom(intake_);
  EncodeReset(slot.data);
  Intake::Commit(slot);
  WakeWorker(slot, false);
  return Status();
}

Stats Agent::Impl::GetStats() const {
  const CancelGuard guard;  // asks the host's clock, under the lock
  if (!InItsProcess()) return Stats();
  const MutexLock lock(mailbox_.mutex);
  Stats stats = mailbox_.stats;
  stats.reason = mailbox_.holdup.At(BootNow(clock_));
  stats.waiting_for = stats.reason.waiting_for;
  stats.waiting_until = stats.reason.next_try;
  const std::uint64_t queued = intake_.QueuedEvents();
  stats.ledger.accepted += queued;
  stats.ledger.delivered += mailbox_.delivered_in_intake;
  stats.ledger.pending += queued - mailbox_.delivered_in_intake;
  stats.refused = refused_.load(std::memory_order_relaxed);
  stats.queue_full = queue_full_.load(std::memory_order_relaxed);
  stats.outcomes_lost = reporter_.outcomes_lost();
  stats.log_lines_lost = reporter_.log_lines_lost();
  return stats;
}

// ---------------------------------------------------------------------------------------------

Agent::Impl::Kept::Kept(const std::shared_ptr<Impl>& impl) : impl_(impl) {}

Agent::Impl::Kept::~Kept() {
  if (impl_.use_count() == 1) impl_->Shutdown(false, kDestructorWait, nullptr);
}

Agent::Agent(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

Agent::~Agent() {
  const CancelGuard guard;
  if (impl_->InItsProcess() && !impl_->caught) {
    impl_->Shutdown(false, kDestructorWait, nullptr);
    impl_.reset();
  } else {
    Impl::Abandon(std::move(impl_));
  }
}

Status Agent::Start(const Config& config, std::unique_ptr<Agent>* agent) {
  const CancelGuard guard;
  if (agent == nullptr) return Status(StatusCode::kInvalidArgument, "agent is null");
  Status status = Endpoint::CheckProxy(config);
  if (!status.ok()) return status;
  auto impl = std::make_shared<Impl>(config);
  status = impl->Open();
  if (status.ok() && !config.pump) status = Impl::StartThread(impl);
  if (status.ok()) *agent = Impl::MakeAgent(std::move(impl));
  return status;
}

Status Agent::Identify(std::string_view key, Value value) {
  return impl_->Identify(Identifier{key, value});
}

Status Agent::Reset() { return impl_->Reset(); }

Status Agent::Persist(milliseconds timeout, FlushResult* result) {
  return Impl::Kept(impl_)->Await(MakeCall<PersistCall>(), timeout, result);
}

Status Agent::Flush(milliseconds timeout, FlushResult* result) {
  return Impl::Kept(impl_)->Await(MakeCall<FlushCall>(), timeout, result);
}

Status Agent::Shutdown(milliseconds timeout, FlushResult* result) {
  return Impl::Kept(impl_)->Shutdown(true, timeout, result);
}

Status Agent::Suspend(milliseconds timeout, FlushResult* result) {
  return Impl::Kept(impl_)->Await(MakeCall<SuspendCall>(), timeout, result);
}

Status Agent::Pause() { return impl_->Post(MakeCall<PauseCall>(), milliseconds(0)); }
Status Agent::Resume() { return impl_->Post(MakeCall<ResumeCall>(), milliseconds(0)); }

Status Agent::SetConsent(Consent consent, PurgeResult* purged, milliseconds timeout) {
  if (static_cast<unsigned>(consent) > static_cast<unsigned>(Consent::kDenied)) {
    return Status(StatusCode::kInvalidArgument, "unknown consent");
  }
  const auto call = MakeCall<SetConsentCall>(consent);
  if (consent != Consent::kDenied) return impl_->Post(call, milliseconds(0));
  return Impl::Kept(impl_)->Await(call, timeout, purged);
}

Consent Agent::GetConsent() const {
  return impl_->InItsProcess() ? impl_->AskConsent() : Consent::kUnknown;
}

Status Agent::SetApiKey(std::string_view key) {
  const Status status = Endpoint::CheckApiKey(key);
  if (!status.ok()) return status;
  return impl_->Post(MakeCall<SetApiKeyCall>(key), milliseconds(0));
}

Status Agent::SetNetworkState(NetworkState state) {
  if (static_cast<unsigned>(state) > static_cast<unsigned>(NetworkState::kUnavailable)) {
    return Status(StatusCode::kInvalidArgument, "unknown network state");
  }
  return impl_->Post(MakeCall<SetNetworkCall>(state), milliseconds(0));
}

Status Agent::Pump(milliseconds budget, milliseconds* next) {
  const CancelGuard guard;
  return Impl::Kept(impl_)->Pump(budget, next);
}

Status Agent::SetWallClock(WallTime now) {
  const UnixTime wall(std::chrono::duration_cast<milliseconds>(now.time_since_epoch()).count());
  if (!IsPlausible(wall)) {
    return Status(StatusCode::kInvalidArgument, "the time must lie between 2026 and 2200");
  }
  return impl_->SetWallClock(wall);
}

std::size_t Agent::PollOutcomes(Outcome* out, std::size_t capacity) {
  if (out == nullptr || !impl_->InItsProcess()) return 0;
  return impl_->reporter().TakeOutcomes(out, capacity);
}

std::size_t Agent::PollLog(LogLine* out, std::size_t capacity) {
  if (out == nullptr || !impl_->InItsProcess()) return 0;
  return impl_->reporter().TakeLog(out, capacity);
}

Stats Agent::GetStats() const { return impl_->GetStats(); }

Status Agent::DeadLetters(std::vector<DeadLetter>* out, std::size_t limit, std::int64_t after,
                          milliseconds timeout) {
  if (out == nullptr) return Status(StatusCode::kInvalidArgument, "out is null");
  const auto call = MakeCall<DeadLettersCall>(limit, after);
  bool done = false;
  const Status status = Impl::Kept(impl_)->Await(call, timeout, &done);
  if (done) *out = std::move(call->letters);
  return status;
}

Status Agent::Requeue(std::int64_t id, std::uint64_t* count, milliseconds timeout) {
  const auto call = MakeCall<RequeueCall>(id);
  bool done = false;
  const Status status = Impl::Kept(impl_)->Await(call, timeout, &done);
  if (done && count != nullptr) *count = call->count;
  return status;
}

Status Agent::Purge(PurgeResult* purged, milliseconds timeout) {
  return Impl::Kept(impl_)->Await(MakeCall<PurgeCall>(), timeout, purged);
}

}  // namespace embeddables
