// The worker with events that are sent before they are stored (Young). What is in the intake stays
// there until something asks for a fold: one transaction that counts what was delivered and makes
// rows of the rest.

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/worker/worker.h"

namespace embeddables {
namespace {

// The longest that what was delivered waits to be counted on the disk.
constexpr std::int64_t kFoldWithinMs = 10 * 60'000;
constexpr std::int64_t kLookAgainMs = 1;

}  // namespace

bool Worker::FoldDue(std::int64_t now) {
  const Young::News news = young_.Look();
  if (news.events > 0) courier_.EventsCame(news.events, news.since);
  // Who delivers in time hardly ever absorbs; the dead are not to wait for that.
  if (news.events > 0 && IsSender()) TakeOverRemains(now);
  const std::uint64_t position = intake_->Position();
  if (position != std::exchange(seen_to_, position) || BeingWritten()) last_news_ = now;
  if (intake_->Position() == intake_->ReadPosition()) {
    absorb_all_ = false;
    return false;
  }
  if (now < absorb_again_ || IntakesTurn().held) return false;
  const bool urgent = mailbox_->urgent.exchange(false);
  const std::int64_t at = FoldAt();
  return urgent || FoldNow() || (at >= 0 && now >= at);
}

bool Worker::FoldNow() const {
  return Hurried() || memory_.lost() || young_.must_fold() || courier_.WantsFold() ||
         mailbox_->denied || (name_erased_ && young_.pending() > 0) ||
         (intake_->QueuedEvents() > 0 && intake_->HalfFull());
}

// Memory that would end with the process is no place to wait for an answer: from here on each event
// is a row before it is sent. What came since the last look is no longer young either.
void Worker::LeaveYoung(std::int64_t now) {
  if (!young_.on() || !memory_.lost() || !young_.empty()) return;
  young_.Leave();
  last_absorb_ = looked_at_ = now;
}

// By the age of what is in the intake; -1: nothing is.
std::int64_t Worker::FoldAt() {
  const std::int64_t since = young_.OldestSince();
  const std::int64_t store_at = since < 0 ? INT64_MAX : since + persist_ms_;
  const std::int64_t count_at =
      young_.delivered() == 0 ? INT64_MAX : young_.delivered_since() + kFoldWithinMs;
  const std::int64_t at = std::min(store_at, count_at);
  return at == INT64_MAX ? -1 : at;
}

std::int64_t Worker::NextFold(std::int64_t now) {
  if (intake_->Position() == intake_->ReadPosition() || IntakesTurn().held) return -1;
  std::int64_t at = FoldNow() ? now + kLookAgainMs : FoldAt();
  if (BeingWritten()) {
    // Its caller may have found the worker awake, and will not wake it.
    const std::int64_t look = now + (name_erased_ ? kLookAgainMs : config_.flush_interval.count());
    at = at < 0 ? look : std::min(at, look);
  }
  return at < 0 ? -1 : std::max(at, absorb_again_);
}

// Was room reserved, when the intake was looked at last, for a record that was not there yet? What
// cannot be stored now has a time of its own.
bool Worker::BeingWritten() const { return seen_to_ != young_.looked_to() && !young_.must_fold(); }

// What Read gave last becomes a row, also while it is being sent.
bool Worker::TakeLast(std::string_view bytes, std::uint64_t* events, bool* critical,
                      std::vector<Courier::Moved>* moved) {
  Courier::Moved move;
  move.claimed = young_.Claimed(intake_->last().at, &move.young);
  if (!move.claimed && !courier_.RemembersFailureOf(move.young)) {
    return TakeRecord(bytes, events, critical);
  }
  const bool taken = TakeRecord(bytes, events, critical, &move.row);
  // Also of one that failed: its claim goes with the transaction.
  if (move.row.id != 0) moved->push_back(std::move(move));
  return taken;
}

}  // namespace embeddables
