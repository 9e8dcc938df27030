#include "agent/send/batch.h"

#include "agent/base/check.h"

namespace embeddables {

void Batch::Stored(std::uint64_t count, bool critical, BootTime now) {
  collected_ += count;
  if (critical || collected_ >= config_.batch_events) draining_ = true;
  SendSoon(now);
}

void Batch::Came(std::uint64_t count, BootTime since, BootTime now) {
  collected_ += count;
  if (collected_ >= config_.batch_events) draining_ = true;
  if (!drain_at_.IsNever()) return;
  // If half of the wait is over, another wake-up for the rest would cost more than it gathers.
  const std::int64_t wait = config_.flush_interval.count();
  drain_at_ = now - since >= wait / 2 ? now : since + wait;
}

void Batch::SendSoon(BootTime now) {
  if (drain_at_.IsNever()) drain_at_ = now + config_.flush_interval.count();
  EMB_CHECK(!drain_at_.IsNever());
}

void Batch::Start(BootTime now, Random* random) {
  drain_at_ = now + random->Below(config_.flush_interval.count() / 4 + 1);
}

void Batch::Done() {
  draining_ = false;
  drain_at_ = BootTime::Never();
  collected_ = 0;
}

void Batch::PutOff(BootTime time) {
  EMB_CHECK(!time.IsNever());
  draining_ = false;
  drain_at_ = time;
}

}  // namespace embeddables
