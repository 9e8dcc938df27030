#include "agent/worker/worker.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <iterator>
#include <utility>

#include "agent/base/check.h"
#include "agent/base/mutex.h"
#include "agent/base/step_gate.h"
#include "agent/send/gated_transport.h"
#include "platform/signal_guard.h"
#include "platform/socket.h"
#include "platform/thread.h"

namespace embeddables {

Worker::Worker(const Config& config, const Clock& clock, Intake* intake, Mailbox* mailbox,
               Reporter* reporter, WakeSignal* wake, std::uint64_t seed)
    : mailbox_(*mailbox),
      reporter_(*reporter),
      wake_(*wake),
      clock_(clock),
      endpoint_(config),
      courier_(config, clock, &endpoint_, reporter, seed),
      store_(config, clock, reporter_, courier_),
      calls_(clock, store_),
      role_(config, reporter_, store_),
      intake_(config, clock, seed, *intake, mailbox_, reporter_, store_, courier_),
      estate_(config, clock, reporter_, store_, role_, intake_, courier_),
      erasure_(clock, mailbox_, store_, calls_, role_, intake_, estate_, courier_),
      peers_(config, clock, reporter_, store_, calls_, role_, estate_, erasure_, courier_),
      absorber_(config, clock, mailbox_, store_, calls_, role_, intake_, estate_, erasure_, peers_,
                courier_),
      keeper_(config, reporter_, store_, calls_, role_, estate_, erasure_, peers_,
              absorber_.schedule(), courier_),
      clock_keeper_(clock, store_, courier_),
      network_(config, courier_),
      publisher_(config, *intake, mailbox_, reporter_, store_, role_, intake_, estate_, erasure_,
                 courier_) {}

Worker::~Worker() = default;

// --- The beginning and the end.

Status Worker::Open(const std::string& store_path, std::unique_ptr<Transport> transport) {
  courier_.HeedPauses(&mailbox_.pausing);
  transport_ = std::make_unique<GatedTransport>(std::move(transport), &mailbox_.transport_gate);
  courier_.UseTransport(transport_.get());
  const SignalGuard guard;
  store_.Make(store_path);
  Status status = store_.Claim(true);
  if (!status.ok()) return status;
  const StepGate::Pass pass(&mailbox_.gate);
  status = OpenStore();
  if (status.ok()) status = OpenIntake();
  if (!status.ok()) return status;
  erasure_.FinishDenial();
  publisher_.Publish(transport_->counters());
  return Status();
}

Status Worker::OpenStore() {
  const Status status = keeper_.Open();
  if (!status.ok()) return status;
  store_.TellDamage();
  // So that it is the store's when Start returns. If it cannot be written now, the steps try again.
  if (store_->settings().owes_named()) store_->PayOwed();
  erasure_.Begin();
  store_.HandToCourier();
  return Status();
}

Status Worker::OpenIntake() {
  network_.Open();
  clock_keeper_.Begin();
  absorber_.schedule().Begin();
  intake_.ChoosePlaces();
  peers_.TryToSend(BootNow(clock_));
  estate_.TakeOver(BootNow(clock_));
  estate_.EraseStrangers(store_->opening().made() ? Estate::Sweep::kNewStore : Estate::Sweep::kAge);
  const Status status = intake_.Make();
  if (status.ok()) absorber_.schedule().IntakeIsMade();
  return status;
}

void Worker::End() {
  EMB_CHECK(!ended_);
  store_.DropMemory();
  intake_.CountLost();
  store_.TellDrops();
  publisher_.PublishEnd(transport_->counters());
  intake_.Leave(publisher_.owes());
  store_->Close();
  peers_.GiveUpSending();
  role_.DropLockAside();
  store_.EndClaim();
  if (mailbox_.park) ParkThisThread();
  network_.Close();
  transport_.reset();
  ended_ = true;
}

void Worker::LetGo() {
  const StepGate::Pass pass(&mailbox_.gate);
  transport_.reset();
  store_.LetGo();
}

// --- The loop.

void Worker::Run() {
  while (!ended_) {
    WatchMemory();
    const BootTime until = Step();
    if (mailbox_.park) ParkThisThread();
    if (!ended_) Sleep(until);
  }
}

BootTime Worker::Step(BootTime stop_at) {
  const StepGate::Pass pass(&mailbox_.gate);
  reporter_.LetCallbacks();
  TakeCalls();
  const BootTime now = BootNow(clock_);
  keeper_.Mind(now);
  absorber_.MindMemory(now);
  clock_keeper_.Mind();
  peers_.Notice();
  absorber_.Step(now, stop_at);
  network_.Mind(now);
  courier_.Step();
  peers_.TryToSend(now);
  keeper_.Sweep(now);
  store_.TellDrops();
  StepCalls();
  if (ended_) return BootTime::Never();
  publisher_.LogChanges();
  publisher_.Publish(transport_->counters());
  const BootTime next = Next();
  const bool in_vain = transport_->answers_between_calls() && calls_.EndAwaiting(next);
  return in_vain ? BootNow(clock_) : next;
}

BootTime Worker::Next() {
  BootTime next = courier_.NextStep();
  const BootTime now = BootNow(clock_);
  next = std::max(next, now);
  next = Sooner(next, calls_.TakeNext(now));
  next = Sooner(next, absorber_.schedule().Next(now));
  next = Sooner(next, peers_.Next(now));
  next = Sooner(next, keeper_.Next(now));
  next = Sooner(next, intake_.NextLook());
  next = Sooner(next, network_.Next());
  EMB_CHECK(next >= BootTime());
  return next;
}

bool Worker::Sleep(BootTime until) {
  const BootTime end = FallAsleep(until);
  const std::int64_t wait = end.IsNever() ? -1 : std::max<std::int64_t>(0, end - BootNow(clock_));
  const Waitable all[] = {wake_.waitable(),       clock_keeper_.waitable(),    peers_.waitable(),
                          peers_.name_waitable(), intake_.memory().waitable(), keeper_.waitable(),
                          network_.waitable()};
  Waitable watched[std::size(all)];
  std::size_t count = 0;
  for (const Waitable& each : all) {
    if (each.ok()) watched[count++] = each;
  }
  const bool came = transport_->Wait(std::chrono::milliseconds(wait), {watched, watched + count});
  WakeUp();
  const bool in_vain = !came && wait != 0 && !MayWait();
  if (in_vain) calls_.EndAll();
  return !in_vain;
}

BootTime Worker::FallAsleep(BootTime until) { return absorber_.schedule().FallAsleep(until); }

void Worker::WakeUp() {
  mailbox_.sleeping.store(false);
  wake_.Clear();
  clock_keeper_.WakeUp();
}

// --- Calls.

Desk Worker::desk() {
  return Desk{clock_, mailbox_, calls_,        store_,   keeper_,   intake_, absorber_.schedule(),
              role_,  erasure_, clock_keeper_, network_, endpoint_, courier_};
}

void Worker::TakeCalls() {
  CallQueue::Calls taken;
  {
    const MutexLock lock(mailbox_.mutex);
    taken.swap(mailbox_.calls);
  }
  for (const auto& call : taken) call->Start(desk());
  calls_.Append(&taken);
}

void Worker::StepCalls() {
  calls_.RemoveIf([this](Call* call) { return !ended_ && StepCall(call); });
}

bool Worker::StepCall(Call* call) {
  // A caller whose deadline has passed is gone; some calls are carried out all the same.
  const bool late = call->IsLate(BootNow(clock_));
  Status status;
  if (!erasure_.MustWait(call) && call->Step(desk(), &status)) {
    if (call->ends_agent()) End();
  } else if (late && call->gives_up()) {
    call->GiveUp(desk());
    status = Status(StatusCode::kDeadlineExceeded, "not done in time; it goes on");
  } else {
    return false;
  }
  Finish(call, status);
  return true;
}

void Worker::Finish(Call* call, const Status& status) {
  // Comes first, so that a caller that asks next sees what its call did.
  if (!ended_) publisher_.Publish(transport_->counters());
  const MutexLock lock(mailbox_.mutex);
  call->Finish(status);
  mailbox_.changed.NotifyAll();
}

}  // namespace embeddables
