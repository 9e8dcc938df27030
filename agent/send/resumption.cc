#include "agent/send/resumption.h"

#include <algorithm>

#include "agent/send/batch.h"
#include "agent/send/pace.h"
#include "agent/store/store.h"

namespace embeddables {
namespace {

constexpr std::int64_t kGapMs = 1000;
constexpr std::int64_t kEndWaitsAgainMs = 1000;

}  // namespace

void Resumption::Ask(BootTime now) { at_ = std::max(now, not_before_); }

void Resumption::Step(Store* store, BootTime now) {
  if (now >= at_) {
    at_ = BootTime::Never();
    not_before_ = now + kGapMs;
    end_waits_at_ = now;
    pace_.ProbeNow(now);
    batch_.SendNow();
  }
  if (now < end_waits_at_) return;
  bool more = false;
  const bool ended = store->outbox().EndWaits(&more);
  end_waits_at_ = !ended ? now + kEndWaitsAgainMs : more ? now : BootTime::Never();
}

BootTime Resumption::NextStep() const { return Sooner(at_, end_waits_at_); }

}  // namespace embeddables
