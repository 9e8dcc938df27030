#include "agent/send/resumption.h"

#include <algorithm>

#include "agent/send/backoff.h"
#include "agent/send/batch.h"
#include "agent/send/pace.h"
#include "agent/store/store.h"

namespace embeddables {
namespace {

constexpr std::int64_t kGapMs = 1000;
constexpr std::int64_t kEndWaitsAgainMs = 1000;

}  // namespace

void Resumption::Ask(bool held, std::int64_t now) { at_ = held ? now : std::max(now, not_before_); }

void Resumption::Step(Store* store, std::int64_t now) {
  if (at_ >= 0 && now >= at_) {
    at_ = -1;
    not_before_ = now + kGapMs;
    end_waits_at_ = now;
    pace_.ProbeNow(now);
    batch_.SendNow();
  }
  if (end_waits_at_ < 0 || now < end_waits_at_) return;
  bool more = false;
  const bool ended = store->outbox().EndWaits(&more);
  end_waits_at_ = !ended ? now + kEndWaitsAgainMs : more ? now : -1;
}

std::int64_t Resumption::NextStep() const { return Earlier(at_, end_waits_at_); }

}  // namespace embeddables
