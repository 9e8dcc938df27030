#include "agent/worker/absorber.h"

#include <thread>
#include <utility>

#include "agent/base/check.h"

namespace embeddables {
namespace {

constexpr std::int64_t kStoreRetryMs = 1000;
constexpr std::int64_t kLogAgainMs = 20;
constexpr std::int64_t kLogFullMs = 5000;
constexpr int kLooksForOthers = 100;
constexpr std::int64_t kAbsorbMs = 10;

}  // namespace

Absorber::Absorber(const Config& config, const Clock& clock, Mailbox& mailbox, StoreInUse& store,
                   CallQueue& calls, SenderRole& role, OwnIntake& intake, Estate& estate,
                   Erasure& erasure, Peers& peers, Courier& courier)
    : config_(config),
      clock_(clock),
      store_(store),
      calls_(calls),
      role_(role),
      intake_(intake),
      estate_(estate),
      erasure_(erasure),
      peers_(peers),
      courier_(courier),
      schedule_(config, clock, mailbox, intake, erasure, courier) {}

void Absorber::MindMemory(BootTime now) {
  if (!intake_.Mind(now)) schedule_.MemoryLost();
  schedule_.LeaveEarly(now);
}

void Absorber::Step(BootTime now, BootTime stop_at) {
  if (courier_.early().on()) LookForEarly(now);
  if (schedule_.IsDue(now)) Absorb(now, stop_at);
}

void Absorber::LookForEarly(BootTime now) {
  const EarlyEvents::News news = courier_.early().Look();
  if (news.events > 0) courier_.EventsCame(news.events, news.since);
  // A process that delivers in time hardly ever absorbs; left-over intakes must not wait for that.
  if (news.events > 0 && role_.IsSender()) estate_.TakeOver(now);
}

// With kImmediate, the callers that the last commit released are just about to track again, and can
// share the next commit. Waits for some 50 us only: beyond that, a caller that does not return
// would cost the others more.
void Absorber::LetOthersJoin() const {
  for (int looks = 0; looks < kLooksForOthers && intake_.QueuedEvents() < intake_.freed_last();
       ++looks) {
    std::this_thread::yield();
  }
}

// Callers that track without a pause must not keep the worker from sending, nor from other calls.
void Absorber::Absorb(BootTime now, BootTime stop_at) {
  LetOthersJoin();
  stop_at = Sooner(stop_at, BootNow(clock_) + kAbsorbMs);
  bool more = true;
  while (more) {
    const bool absorbed = AbsorbChunk(&more);
    role_.KeepLogShort();
    if (!absorbed) return Failed(now);
    if (more && BootNow(clock_) >= stop_at) break;
  }
  role_.TryNow();
  store_.TellRecovered("the store is written again");
  schedule_.TryNow();
  if (role_.IsSender()) estate_.TakeOver(now);
  schedule_.Absorbed(more);
}

bool Absorber::AbsorbChunk(bool* more) {
  *more = false;
  const Erasure::Turn turn = erasure_.IntakesTurn();
  if (turn.held) return true;
  if (turn.denied) return erasure_.Discard(turn.end);
  std::string_view record;
  std::vector<Courier::Moved> moved;
  if (!intake_.Read(turn.end, &record)) return true;  // its caller is still writing it
  RecordBatch batch(config_, store_, courier_);
  bool stored = batch.Begin(record.size());
  const bool denied = store_->consent() == Consent::kDenied;
  if (stored && (denied || store_->news().purged || store_->news().went_back)) {
    store_->inbox().Rollback();
    intake_.Rewind();
    peers_.Notice();  // ends the requests of events that go
    *more = !denied;
    return !denied || erasure_.Discard(turn.end);
  }
  do {
    if (intake_.last().delivered) continue;
    stored = stored && TakeLast(record, &batch, &moved);
  } while (stored && !batch.full() && intake_.Read(turn.end, &record));
  EMB_CHECK(!stored || store_->consent() != Consent::kDenied);
  if (!stored || !store_->inbox().Commit(intake_.TakenSoFar())) {
    store_->inbox().Rollback();
    for (const Courier::Moved& each : moved) store_->outbox().Unclaim(each.row);
    intake_.Rewind();
    return false;
  }
  store_->inbox().TakeAsOwn();
  erasure_.NameIsStored();
  const DropReason why = store_->facts().removed_for();
  const std::uint64_t untold =
      intake_.Free(batch.taken() + intake_.ReadDelivered(), batch.removed() > 0 ? &why : nullptr);
  courier_.MovedToStore(moved);
  batch.Tell(role_, untold);
  *more = batch.full();
  return true;
}

// The record that Read gave last becomes a row, also while it is being sent.
bool Absorber::TakeLast(std::string_view bytes, RecordBatch* batch,
                        std::vector<Courier::Moved>* moved) {
  Courier::Moved move;
  move.claimed = courier_.early().Claimed(intake_.last().at, &move.early);
  if (!move.claimed && !courier_.RemembersFailureOf(move.early)) return batch->Take(bytes);
  const bool taken = batch->Take(bytes, &move.row);
  // Also if it failed: the row's claim goes with the transaction.
  if (move.row.id != 0) moved->push_back(std::move(move));
  return taken;
}

void Absorber::Failed(BootTime now) {
  // The sender was asked to empty the log, and mostly has done so by then.
  if (store_->space().log().full() && now - store_->space().log().full_since() < kLogFullMs) {
    return schedule_.TryAgain(now + kLogAgainMs);
  }
  schedule_.TryAgain(store_.RetryAt(now, kStoreRetryMs, calls_.awaited(now)));
  store_.TellFailed();
}

}  // namespace embeddables
