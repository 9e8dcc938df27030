// What dead processes have left in memory: taken over by the store that it is of, erased when that
// is gone.
//
// A file ends in this order, so that a death in between takes nothing twice: the store has its
// events and its position; nothing is in it any more; the store forgets the position; the name
// goes.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/store/store_files.h"
#include "agent/worker/worker.h"

namespace embeddables {
namespace {

// What Start allows, and what is around the ring.
constexpr std::size_t kMostFileBytes = (std::size_t{256} << 20) + 8192;
constexpr std::int64_t kLookForRemainsMs = 5000;

IntakePosition LeftPosition(IntakeRemains* remains) {
  IntakePosition left;
  left.intake = remains->instance();
  left.position = remains->position();
  left.delivered = remains->TakeDelivered();
  return left;
}

// When what is in it came, at the latest; boot clock.
std::int64_t YoungestOf(IntakeRemains* remains, std::int64_t made_ms) {
  std::int64_t youngest = made_ms;
  std::string_view bytes;
  Record record;
  while (remains->Next(&bytes)) {
    const bool event = DecodeRecord(bytes, &record) && record.kind == RecordKind::kEvent;
    if (event) youngest = std::max(youngest, record.boot_ms);
  }
  return youngest;
}

}  // namespace

// False: something is still there. Memory without a store's name is of a process that could not
// read its store yet: the file tells.
bool Worker::ForEachRemains(const std::function<bool(IntakeRemains*)>& take, bool unknown_too) {
  bool all = true;
  if (in_memory_ || store_->store_id().empty() || !memory_.possible()) return all;
  std::vector<std::string> places;
  store_->ReadMemoryPlaces(&places);
  for (const std::string& place : places) memory_.AddPlace(place);
  const IntakeOrigin own = Origin();
  const auto take_one = [&](bool named) {
    return [&, named](const std::string&, LeftMemory* left) {
      IntakeOrigin origin;
      const bool known = PeekOrigin(*left, &origin);
      if (known ? !MayTakeOver(origin, own, *files_) : !named) return;
      if (!named && !(origin.file == own.file)) return;
      if (left->TakeOver()) all = TakeRemains(left, take, unknown_too) && all;
    };
  };
  memory_.ForEachFile(store_->store_id() + "-", take_one(true));
  memory_.ForEachFile("-", take_one(false));
  return all;
}

bool Worker::TakeRemains(LeftMemory* left, const std::function<bool(IntakeRemains*)>& take,
                         bool unknown_too) {
  std::string bytes;
  if (!left->Read(kMostFileBytes, &bytes)) return false;
  IntakeRemains remains(std::move(bytes));
  if (remains.state() == IntakeRemains::State::kDamaged) TellDamagedRemains();
  const bool known = remains.state() != IntakeRemains::State::kUnknown;
  if (!known) TellUnknownRemains();
  if (!known && !unknown_too) return true;
  const bool whole = remains.state() == IntakeRemains::State::kWhole;
  const bool gone = (!whole || take(&remains)) && left->Erase() &&
                    (!whole || store_->ForgetIntake(remains.instance()));
  if (gone) left->Remove();
  return gone;
}

void Worker::TellUnknownRemains() {
  if (std::exchange(unknown_remains_told_, true)) return;
  reporter_->Log(LogLevel::kWarning,
                 "another version of this library left events in memory; they are kept for it");
}

void Worker::TellDamagedRemains() {
  reporter_->Log(LogLevel::kError,
                 "what a dead process left in memory was damaged; what could be read is stored");
}

void Worker::TakeOverRemains(std::int64_t now) {
  if (now < take_over_at_) return;
  take_over_at_ = now + kLookForRemainsMs;
  if (!ForEachRemains([this](IntakeRemains* remains) { return StoreRemains(remains); }, false)) {
    take_over_at_ = store_->RetryAt(now, kLookForRemainsMs);
  }
}

bool Worker::StoreRemains(IntakeRemains* remains) {
  std::int64_t from = -1;
  if (!SettleRemains(*remains) || !store_->EnterIntake(remains->instance(), &from)) return false;
  if (from >= 0) remains->SkipTo(static_cast<std::uint64_t>(from));
  const std::uint64_t before = taken_over_;
  bool more = true, stored = true;
  while (stored && more) {
    stored = store_->consent() == Consent::kDenied
                 ? DropRemains(DropReason::kConsent, remains, nullptr, &more)
                 : StoreSomeRemains(remains, &more);
    KeepLogShort();
  }
  store_->LeaveIntake();
  if (taken_over_ != before) {
    reporter_->Log(LogLevel::kInfo, std::to_string(taken_over_ - before) +
                                        " events taken over from a process that had died");
  }
  if (stored && remains->damaged()) TellDamagedRemains();
  return stored;
}

// What the server had confirmed to the dead and they could not settle any more.
bool Worker::SettleRemains(const IntakeRemains& remains) {
  std::vector<Settlement> settlements;
  for (const std::int64_t row : remains.delivered_rows()) {
    settlements.emplace_back();
    settlements.back().id = row;
    settlements.back().kind = Settlement::Kind::kDelivered;
  }
  return settlements.empty() || store_->Settle(settlements);
}

// One transaction.
bool Worker::StoreSomeRemains(IntakeRemains* remains, bool* more) {
  std::size_t chunk = ChunkBytes();
  std::uint64_t events = 0;
  std::size_t bytes = 0;
  bool critical = false;
  bool stored = BeginStoring(1, &chunk);
  if (stored && store_->consent() == Consent::kDenied) {
    store_->Rollback();
    return true;
  }
  std::string_view record;
  while (stored && bytes < chunk && (*more = remains->Next(&record))) {
    bytes += record.size();
    stored = TakeLeftRecord(record, &events, &critical);
  }
  if (!stored || !store_->CommitAppend(LeftPosition(remains))) {
    store_->Rollback();
    return false;
  }
  taken_over_ += events;
  if (events > 0) {
    courier_.EventsStored(events, critical);
    TellSender(critical ? Ring::kSendNow : Ring::kAppended);
  }
  return true;
}

// A volatile event ends with its process, and what cannot be read was an event all the same.
bool Worker::TakeLeftRecord(std::string_view bytes, std::uint64_t* events, bool* critical) {
  Record record;
  if (!DecodeRecord(bytes, &record)) {
    store_->AppendDropped(DropReason::kDamaged);
    return true;
  }
  if (record.kind == RecordKind::kEvent && record.priority == Priority::kVolatile) {
    store_->AppendDropped(DropReason::kVolatile);
    return true;
  }
  return TakeRecord(bytes, events, critical);
}

// All of it at once; nobody asks whose it was.
bool Worker::DropRemains(DropReason reason, IntakeRemains* remains, std::uint64_t* dropped,
                         bool* more) {
  std::uint64_t events = 0;
  std::string_view bytes;
  Record record;
  while (remains->Next(&bytes)) {
    if (!DecodeRecord(bytes, &record) || record.kind == RecordKind::kEvent) ++events;
  }
  *more = false;
  const IntakePosition left = LeftPosition(remains);
  if ((events > 0 || left.delivered > 0) && !store_->DropUnstored(reason, events, left)) {
    return false;
  }
  if (dropped != nullptr) *dropped += events;
  return true;
}

// Those of other versions too: nobody can count them.
bool Worker::PurgeRemains(DropReason reason, PurgeResult* result) {
  const bool all = ForEachRemains(
      [&](IntakeRemains* remains) {
        std::int64_t from = -1;
        if (!store_->EnterIntake(remains->instance(), &from)) return false;
        if (from >= 0) remains->SkipTo(static_cast<std::uint64_t>(from));
        bool more = true;
        const bool dropped = DropRemains(reason, remains, &result->in_memory, &more);
        store_->LeaveIntake();
        return dropped;
      },
      true);
  EraseStrangers(Sweep::kRemoval);
  return all;
}

// --- What other stores have left.

// Is what `left` says enough for `sweep`? A removal is of all that was tracked at this path.
bool Worker::MayErase(Sweep sweep, const IntakeOrigin& left) const {
  switch (sweep) {
    case Sweep::kRemoval:
      return WasReplaced(left, Origin());
    case Sweep::kNewStore:
      return WasReplaced(left, Origin()) &&
             StoreFiles(left.path, *files_).SetAsideAs(left.file) == Presence::kMissing;
    case Sweep::kAge:
      return HasLeftItsFolder(left, Origin(), *files_) && left.keep_ms > 0 &&
             clock_.BootMs() - left.made_ms > left.keep_ms;
  }
  return false;
}

// Their events are in no ledger that could still be read.
void Worker::EraseStrangers(Sweep sweep) {
  if (in_memory_ || store_->store_id().empty()) return;
  std::size_t erased = 0;
  memory_.ForEachFile("", [&](const std::string& path, LeftMemory* left) {
    IntakeOrigin origin;
    const std::string name = path.substr(path.rfind('/') + 1);
    const bool own = name.compare(0, store_->store_id().size(), store_->store_id()) == 0;
    if (own || !PeekOrigin(*left, &origin) || !MayErase(sweep, origin) || !left->TakeOver()) return;
    std::string bytes;
    if (sweep == Sweep::kAge) {
      if (!left->Read(kMostFileBytes, &bytes)) return;
      IntakeRemains remains(std::move(bytes));
      if (clock_.BootMs() - YoungestOf(&remains, origin.made_ms) <= origin.keep_ms) return;
    }
    if (!left->Erase()) return;
    left->Remove();
    ++erased;
  });
  if (erased == 0) return;
  reporter_->Log(LogLevel::kInfo,
                 "memory that " + std::to_string(erased) +
                     " dead processes of stores that are gone had left was erased");
}

}  // namespace embeddables
