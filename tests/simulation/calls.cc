// The host's calls to the simulated agent, and what the oracle is told of each.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "agent/worker/calls/dead_letter_calls.h"
#include "agent/worker/calls/flush_calls.h"
#include "agent/worker/calls/setting_calls.h"
#include "agent/worker/calls/shutdown_call.h"
#include "tests/simulation/simulation.h"

namespace embeddables::test {
namespace {

std::string Plain(const char* what, std::int64_t number) {
  return std::string(what) + " " + std::to_string(number);
}

}  // namespace

void Simulation::Post(const std::shared_ptr<Call>& call, std::int64_t timeout_ms) {
  const Status status = impl_->Post(call, std::chrono::milliseconds(timeout_ms));
  if (!status.ok()) oracle_.Complain(std::string("a call was refused: ") + status.message());
}

bool Simulation::Await(const std::shared_ptr<Call>& call, std::int64_t timeout_ms) {
  AdvanceUntil(timeout_ms + 50, [&] { return call->done(); });
  return call->done() && !disk_.dead();
}

void Simulation::Track(int count, Priority priority, const char* kind) {
  if (!Alive()) return;
  const Prop props[] = {{"marker", kMarker}, {"level", 3}};
  std::string filler;
  for (int i = 0; i < count; ++i) {
    const std::string name = std::string(kind) + "_e" + std::to_string(++tracked_) + "z";
    EventOptions options;
    options.priority = priority;
    const std::string person = random_.Below(4) == 0 ? DrawPerson() : std::string();
    if (!person.empty()) options.identifier = {"email", person};
    filler.assign(static_cast<std::size_t>(
                      random_.Below(static_cast<std::int64_t>(config_.max_event_bytes) - 500)),
                  'x');
    const Prop big[] = {props[0], props[1], {"filler", filler}};
    const bool fat = oracle_.in_force().max_store_bytes < (8u << 20) && random_.Below(4) != 0;
    const Status status = impl_->Track(name, fat ? Props(big, 3) : Props(props, 2), options);
    // Nobody steps the worker while Track waits: it is waited for below.
    const bool waits =
        config_.durability == Durability::kImmediate && priority != Priority::kVolatile;
    if (status.ok() || (waits && status.code() == StatusCode::kDeadlineExceeded)) {
      if (oracle_.refuses()) oracle_.Complain("Track was accepted after a denial");
      oracle_.Tracked(name, priority, options.identifier);
      if (waits) AwaitImmediate();
      if (!Alive()) return;
    } else {
      coverage_->Count("refused", std::to_string(static_cast<int>(status.code())));
      if (status.code() == StatusCode::kInvalidArgument ||
          (status.code() == StatusCode::kConsentDenied) != oracle_.refuses()) {
        oracle_.Complain(std::string("Track was refused: ") + status.message());
      }
    }
  }
  oracle_.Trace(Plain("Track", count) + " " + kind + " of priority " +
                std::to_string(static_cast<int>(priority)));
}

void Simulation::AwaitImmediate() {
  constexpr std::int64_t kTimeoutMs = 5'000;
  AdvanceUntil(kTimeoutMs, [this] { return impl_->AllStored(); });
  if (Alive() && impl_->AllStored()) oracle_.Persisted(!impl_->GetStats().store_in_memory);
}

void Simulation::Identify(const std::string& person) {
  if (!Alive()) return;
  oracle_.Trace("Identify " + person);
  if (impl_->Identify({"email", person}).ok()) oracle_.Identified("email", ValueJson(person));
}

void Simulation::Reset() {
  if (!Alive()) return;
  oracle_.Trace("Reset");
  if (impl_->Reset().ok()) oracle_.WasReset();
}

bool Simulation::Persist(std::int64_t timeout_ms) {
  if (!Alive()) return false;
  oracle_.Trace(Plain("Persist", timeout_ms));
  const auto call = MakeCall<PersistCall>();
  Post(call, timeout_ms);
  const bool ok = Await(call, timeout_ms) && call->status().ok();
  if (ok) oracle_.Persisted(true);
  oracle_.Trace(ok ? "  persisted" : "  not persisted");
  return ok;
}

bool Simulation::Flush(std::int64_t timeout_ms) {
  if (!Alive()) return false;
  oracle_.Trace(Plain("Flush", timeout_ms));
  const auto call = MakeCall<FlushCall>();
  Post(call, timeout_ms);
  return Await(call, timeout_ms) && call->status().ok();
}

bool Simulation::SetConsent(Consent consent, std::int64_t denial_timeout_ms) {
  if (!Alive()) return false;
  oracle_.Trace(Plain("SetConsent", static_cast<int>(consent)));
  const bool denial = consent == Consent::kDenied;
  if (denial && erasing_ != nullptr) return false;
  const auto call = MakeCall<SetConsentCall>(consent);
  Post(call, denial_timeout_ms);
  oracle_.ConsentAsked(consent);
  if (denial) {
    erasing_ = call;
    erasing_for_ = DropReason::kConsent;
  } else {
    consents_.push_back(call);
  }
  return Await(call, denial ? denial_timeout_ms : 60'000);
}

bool Simulation::Purge(std::int64_t timeout_ms) {
  if (!Alive()) return false;
  oracle_.Trace("Purge");
  if (erasing_ != nullptr) return false;
  const auto call = MakeCall<PurgeCall>();
  Post(call, timeout_ms);
  oracle_.EraseAsked();
  erasing_ = call;
  erasing_for_ = DropReason::kPurged;
  return Await(call, timeout_ms);
}

bool Simulation::Suspend(std::int64_t timeout_ms) {
  if (!Alive()) return false;
  oracle_.Trace(Plain("Suspend", timeout_ms));
  const auto call = MakeCall<SuspendCall>();
  Post(call, timeout_ms);
  oracle_.SetPaused(true);
  paused_ = true;
  const bool ok = Await(call, timeout_ms) && call->status().ok();
  if (Alive() && network_.open() > 0) oracle_.Complain("a request goes on after Suspend");
  if (ok) oracle_.Persisted(true);
  return ok;
}

void Simulation::Resume() {
  if (!Alive()) return;
  oracle_.Trace("Resume");
  Post(MakeCall<ResumeCall>(), 0);
  oracle_.SetPaused(false);
  paused_ = false;
}

// The same key again is none.
void Simulation::SetApiKey(const std::string& key) {
  oracle_.Trace("the key " + key);
  Post(MakeCall<SetApiKeyCall>(key), 0);
  if (std::exchange(api_key_, key) != key) oracle_.KeyChanged();
}

void Simulation::SetWallClock() {
  if (!Alive()) return;
  oracle_.Trace("SetWallClock");
  const Status status = impl_->SetWallClock(UnixTime(clock_.TrueWallMs()));
  if (!status.ok()) oracle_.Complain(std::string("SetWallClock: ") + status.message());
  AdvanceUntil(0, [] { return false; });
  if (Alive()) oracle_.ToldTrueTime();
}

bool Simulation::Requeue(std::int64_t id) {
  if (!Alive()) return false;
  oracle_.Trace(Plain("Requeue", id));
  const auto call = MakeCall<RequeueCall>(id);
  Post(call, 5'000);
  oracle_.Requeued();
  return Await(call, 5'000) && call->status().ok();
}

bool Simulation::Shutdown(bool send, std::int64_t timeout_ms) {
  if (!Alive()) return false;
  oracle_.Trace(send ? Plain("Shutdown", timeout_ms) : "destruction");
  // Without any time, a store that the disk made unusable before may not be whole again.
  const std::uint64_t failures = timeout_ms > 0 ? disk_.failures() : failures_before_life_;
  const auto call = MakeCall<ShutdownCall>(send);
  Post(call, timeout_ms);
  const std::int64_t end = clock_.elapsed_ms() + timeout_ms + 2'000;
  for (int part = 0; part < 20 && !call->done() && clock_.elapsed_ms() < end; ++part) {
    AdvanceUntil(end - clock_.elapsed_ms(), [&] { return call->done(); });
  }
  if (disk_.dead()) return false;
  if (broken()) return false;
  if (!call->done()) {
    oracle_.Complain("Shutdown did not end in time");
    return false;
  }
  const Stats stats = impl_->GetStats();
  oracle_.AfterTheEnd(stats);
  const bool ok = call->status().ok();
  if (!ok) oracle_.Trace(std::string("Shutdown said: ") + call->status().message());
  const bool healthy = failures == disk_.failures() && !disk_.has_end();
  if (!ok && healthy && !oracle_.memory_may_fail()) {
    oracle_.Complain("Shutdown failed on a healthy disk");
  }
  impl_.reset();
  oracle_.Ended(LifeEnd::kShutdown, ok);
  disk_.Revive();
  TakeOverMemory();
  oracle_.Inspect(true);
  return ok;
}

}  // namespace embeddables::test
