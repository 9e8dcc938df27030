// The way of Track on its caller's thread, which every event takes: built for speed, the rest of
// the facade for size.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "agent/api/agent_impl.h"

namespace embeddables {

using std::chrono::milliseconds;

// Every Status on the way of Track is made in its caller's place: one is a quarter of the stack
// that a call may take.
Status Agent::Impl::Refused(StatusCode code, const char* what, std::string_view detail) {
  refused_.fetch_add(1, std::memory_order_relaxed);
  return Status(code, what, detail);
}

Status NoRoom(const Intake& intake) {
  if (intake.closed()) return NotRunning();
  return Status(StatusCode::kQueueFull,
                "the store fell behind and the intake is full; try later or raise intake_bytes");
}

void Agent::Impl::WakeWorker(const Intake::Slot& slot, bool urgent) {
  if (urgent) mailbox_.urgent.store(true);
  if (urgent || slot.half_full || (mailbox_.sleeping.load() && mailbox_.sleeping.exchange(false))) {
    wake_.Signal();
  }
}

Status Agent::Impl::Track(std::string_view name, Props props, const EventOptions& options) {
  if (!InItsProcess()) return NotHere();
  if (config_.durability == Durability::kImmediate && options.priority != Priority::kVolatile) {
    return TrackImmediately(name, props, options);
  }
  return Accept(name, props, options, nullptr);
}

Status Agent::Impl::Accept(std::string_view name, Props props, const EventOptions& options,
                           std::uint64_t* end) {
  if (mailbox_.consent.load(std::memory_order_relaxed) == Consent::kDenied) {
    AskConsent();
    return Refused(StatusCode::kConsentDenied,
                   "consent was denied; nothing is recorded until it is given");
  }
  std::size_t bytes = 0;
  const Refusal refusal = MeasureEvent(rules_, name, props, options, &bytes);
  if (!refusal.ok()) {
    return Refused(StatusCode::kInvalidArgument, refusal.what, refusal.detail);
  }
  EventStamp stamp;
  stamp.wall_ms =
      options.time == WallTime::min()
          ? clock_.WallMs()
          : std::chrono::duration_cast<milliseconds>(options.time.time_since_epoch()).count();
  stamp.boot_ms = clock_.BootMs();
  const Intake::Slot slot = intake_.Reserve(bytes, false);
  if (slot.data == nullptr) {
    refused_.fetch_add(1, std::memory_order_relaxed);
    if (!intake_.closed()) queue_full_.fetch_add(1, std::memory_order_relaxed);
    return NoRoom(intake_);
  }
  MakeEventId(stamp.wall_ms, seeds_.ids_a, seeds_.ids_b, slot.serial, &stamp);
  EncodeEvent(rules_, name, props, options, stamp, slot.data);
  Intake::Commit(slot);
  WakeWorker(slot, options.priority == Priority::kCritical || end != nullptr);
  if (end != nullptr) *end = slot.end;
  return Status();
}

Status Agent::Track(std::string_view name, Props props, const EventOptions& options) {
  return impl_->Track(name, props, options);
}

}  // namespace embeddables
