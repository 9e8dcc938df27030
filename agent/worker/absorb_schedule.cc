#include "agent/worker/absorb_schedule.h"

#include <algorithm>
#include <utility>

#include "agent/worker/persist_interval.h"
#include "agent/worker/sooner.h"

namespace embeddables {
namespace {

// A delivery is counted on the disk within this time.
constexpr std::int64_t kFoldWithinMs = 10 * 60'000;
constexpr std::int64_t kLookAgainMs = 1;

}  // namespace

void AbsorbSchedule::IntakeIsMade() {
  persist_ms_ = PersistInterval(config_, intake_.crash_safe()).count();
  seen_to_ = intake_.Position();
}

void AbsorbSchedule::TryAgain(std::int64_t at) {
  all_ = true;  // the reason for it is still there
  again_ = at;
}

void AbsorbSchedule::Absorbed(bool more) {
  all_ = more;  // a call that still waits hurries again
  absorbed_at_ = clock_.BootMs();
  // The next look finds a record that is reserved but not committed yet.
  first_seen_ = intake_.empty() || young().on() ? -1 : absorbed_at_;
  looked_at_ = absorbed_at_;
  LeaveYoung(absorbed_at_);
}

// Events are stored at once, and from here on at the pace of plain memory.
void AbsorbSchedule::MemoryLost() {
  persist_ms_ = std::min<std::int64_t>(persist_ms_, kPlainMemoryInterval.count());
  Hurry();
}

// A record that came since the last look is no longer an early event either.
void AbsorbSchedule::LeaveYoung(std::int64_t now) {
  if (!young().on() || !intake_.memory_lost() || !young().empty()) return;
  young().Leave();
  absorbed_at_ = looked_at_ = now;
}

bool AbsorbSchedule::IsDue(std::int64_t now) {
  return young().on() ? IsFoldDue(now) : IsRowsDue(now);
}

bool AbsorbSchedule::IsRowsDue(std::int64_t now) {
  const bool announced = std::exchange(announced_, false);
  if (intake_.empty()) {
    first_seen_ = -1;
    looked_at_ = now;
    all_ = false;
    return false;
  }
  // A caller that did not have to wake the worker may have come at any time since the last look.
  if (first_seen_ < 0) first_seen_ = announced ? now : looked_at_;
  if (now < again_ || erasure_.IntakesTurn().held) return false;
  const bool urgent = mailbox_.urgent.exchange(false);
  return urgent || Hurried() || intake_.HalfFull() || now - first_seen_ >= persist_ms_;
}

bool AbsorbSchedule::IsFoldDue(std::int64_t now) {
  const std::uint64_t position = intake_.Position();
  if (position != std::exchange(seen_to_, position) || BeingWritten()) news_at_ = now;
  if (intake_.empty()) {
    all_ = false;
    return false;
  }
  if (now < again_ || erasure_.IntakesTurn().held) return false;
  const bool urgent = mailbox_.urgent.exchange(false);
  const std::int64_t at = FoldAt();
  return urgent || FoldNow() || (at >= 0 && now >= at);
}

bool AbsorbSchedule::FoldNow() const {
  return Hurried() || intake_.memory_lost() || young().must_fold() || courier_.WantsFold() ||
         erasure_.WantsFold() || intake_.HalfFull();
}

// Goes by the age of the intake's records; -1: there are none.
std::int64_t AbsorbSchedule::FoldAt() {
  const std::int64_t since = young().OldestSince();
  const std::int64_t store_at = since < 0 ? -1 : since + persist_ms_;
  const std::int64_t count_at =
      young().delivered() == 0 ? -1 : young().delivered_since() + kFoldWithinMs;
  return Sooner(store_at, count_at);
}

std::int64_t AbsorbSchedule::NextFold(std::int64_t now) {
  if (intake_.empty() || erasure_.IntakesTurn().held) return -1;
  std::int64_t at = FoldNow() ? now + kLookAgainMs : FoldAt();
  if (BeingWritten()) {
    // The record's caller may have found the worker awake, and then does not wake it.
    const bool at_once = erasure_.name_erased();
    at = Sooner(at, now + (at_once ? kLookAgainMs : config_.flush_interval.count()));
  }
  return at < 0 ? -1 : std::max(at, again_);
}

// Did the last look at the intake find room reserved for a record that was not there yet? Records
// that cannot be stored now have a time of their own.
bool AbsorbSchedule::BeingWritten() const {
  return seen_to_ != young().looked_to() && !young().must_fold();
}

std::int64_t AbsorbSchedule::Next(std::int64_t now) {
  std::int64_t next = -1;
  if (first_seen_ >= 0 && !erasure_.IntakesTurn().held) {
    // If all is hurried, the record that is still there is one that its caller is about to
    // complete.
    const std::int64_t within = Hurried() ? kLookAgainMs : persist_ms_;
    next = std::max(first_seen_ + within, again_);
  }
  return young().on() ? Sooner(next, NextFold(now)) : next;
}

std::int64_t AbsorbSchedule::FallAsleep(std::int64_t until) {
  const std::int64_t now = clock_.BootMs();
  const bool young_on = young().on();
  const std::int64_t quiet_at =
      young_on ? news_at_ + config_.flush_interval.count() : absorbed_at_ + persist_ms_;
  const bool wanted = young_on && erasure_.name_erased();  // by the next event, at once
  const bool rests = first_seen_ < 0 && (now >= quiet_at || wanted);
  if (first_seen_ < 0 && !rests) until = Sooner(until, quiet_at);
  const bool look_at_next = intake_.MustSeeNextRecord();
  if (rests || look_at_next) {
    // Sequentially consistent, like the callers' exchange of the tail and load of `sleeping`:
    // either they see the flag set, or the look at the intake below sees their record.
    mailbox_.sleeping.store(true);
    announced_ = true;
    const std::uint64_t seen = young_on ? seen_to_ : intake_.ReadPosition();
    if (rests && intake_.Position() != seen) until = now;
    if (look_at_next && !intake_.MustSeeNextRecord()) until = now;
  }
  return until;
}

}  // namespace embeddables
