#include "agent/worker/estate.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "agent/event/event.h"
#include "agent/intake/intake.h"
#include "agent/store/store.h"
#include "agent/store/store_files.h"

namespace embeddables {
namespace {

// The largest intake that Start allows, and the pages around its ring.
constexpr std::size_t kMostFileBytes = (std::size_t{256} << 20) + 8192;
constexpr std::int64_t kLookAgainMs = 5000;

IntakePosition LeftPosition(LeftOverIntake* left_over) {
  IntakePosition left;
  left.intake = left_over->instance();
  left.position = left_over->position();
  left.delivered = left_over->TakeDelivered();
  return left;
}

// Returns when the intake's last event came; without an event, when the intake was made.
BootTime YoungestOf(LeftOverIntake* left_over, BootTime made) {
  BootTime youngest = made;
  std::string_view bytes;
  Record record;
  while (left_over->Next(&bytes)) {
    const bool event = DecodeRecord(bytes, &record) && record.kind == RecordKind::kEvent;
    if (event) youngest = std::max(youngest, BootTime(record.boot_ms));
  }
  return youngest;
}

}  // namespace

Estate::Estate(const Config& config, const Clock& clock, Reporter& reporter, StoreInUse& store,
               SenderRole& role, OwnIntake& own, Courier& courier)
    : config_(config),
      clock_(clock),
      reporter_(reporter),
      store_(store),
      role_(role),
      own_(own),
      courier_(courier) {}

// False: something is still there.
bool Estate::ForEach(const Take& take, bool unknown_too) {
  bool all = true;
  IntakeMemory& memory = own_.memory();
  const std::string& id = store_->intakes().store_id();
  if (store_.in_memory() || id.empty() || !memory.possible()) return all;
  std::vector<std::string> places;
  store_->intakes().ReadMemoryPlaces(&places);
  for (const std::string& place : places) memory.AddPlace(place);
  const IntakeOrigin own = own_.Origin();
  const bool owed = std::exchange(owes_, false);
  for (const bool named : {true, false}) {
    const std::string prefix = named ? id + "-" : "-";
    memory.ForEachFile(prefix, [&](const std::string&, LeftMemory* left) {
      if (!MayTakeOver(*left, named, own, store_.files()) || !left->TakeOver()) return;
      all = TakeOne(left, take, unknown_too) && all;
    });
  }
  if (owed && !owes_) store_->news().purged = true;  // perhaps by another heir
  return all;
}

bool Estate::TakeOne(LeftMemory* left, const Take& take, bool unknown_too) {
  std::string bytes;
  if (!left->Read(kMostFileBytes, &bytes)) return false;
  LeftOverIntake left_over(std::move(bytes));
  if (left_over.state() == LeftOverIntake::State::kDamaged) TellDamaged();
  const bool known = left_over.state() != LeftOverIntake::State::kUnknown;
  if (!known) TellUnknown();
  if (!known && !unknown_too) return true;
  const bool whole = left_over.state() == LeftOverIntake::State::kWhole;
  const bool gone = (!whole || (Obey(&left_over) && take(&left_over))) && left->Erase() &&
                    (!whole || store_->intakes().Forget(left_over.instance()));
  if (gone) left->Remove();
  return gone;
}

// Carries out what the dead process's host had said and no store had taken. A yes is the exception:
// another process may have said no, or asked anew, since.
bool Estate::Obey(LeftOverIntake* left_over) {
  LiveStatus word;
  if (ReadLiveStatus(left_over->bytes(), &word) != PageState::kWhole || word.owed == 0) return true;
  if ((word.owed & Owed::kRequired) != 0) {
    store_->settings().RequireFor("a process that died");
    if (store_->facts().owes() && !store_->PayOwed()) return false;
  }
  const Consent said = ConsentOf(word.consent);
  const bool stricter = said == Consent::kDenied || store_->consent() == Consent::kGiven;
  const bool writes = (word.owed & Owed::kConsent) != 0 && stricter && said != Consent::kGiven;
  // After a removal that is over the process went on tracking, of people whom only its own memory
  // knew: its caller was told that it is not done.
  const bool removes = (word.owed & Owed::kRemoval) != 0 && said == Consent::kDenied;
  if (!writes && !removes) return true;
  if ((!writes || store_->SetConsent(said)) && (!removes || Remove(word, left_over))) {
    reporter_.Log(LogLevel::kInfo, "a dead process's denial or question is carried out");
    store_->news().purged = true;  // to this process, which has courier and callers to tell
    return true;
  }
  courier_.SetErasing(true);
  owes_ = true;
  return false;
}

// As that process would have done: nothing is left of what came before its last word.
bool Estate::Remove(const LiveStatus& word, LeftOverIntake* left_over) {
  PurgeResult purged;
  const BootTime at = std::min(BootOf(word.removal_ms), BootNow(clock_));
  return Settle(*left_over) && DropAll(DropReason::kConsent, left_over, nullptr) &&
         store_->eraser().Purge(DropReason::kConsent, 0, &purged, {}, at);
}

void Estate::TellUnknown() {
  if (std::exchange(unknown_told_, true)) return;
  reporter_.Log(LogLevel::kWarning,
                "another version of this library left events in memory; they are kept for it");
}

void Estate::TellDamaged() {
  reporter_.Log(
      LogLevel::kError,
      "events that a dead process left in memory were damaged; what could be read is stored");
}

void Estate::TakeOver(BootTime now) {
  if (now < look_at_) return;
  look_at_ = now + kLookAgainMs;
  if (!ForEach([this](LeftOverIntake* left_over) { return StoreAll(left_over); }, false)) {
    look_at_ = store_->lockout().RetryAt(now, kLookAgainMs);
  }
}

bool Estate::StoreAll(LeftOverIntake* left_over) {
  std::int64_t from = -1;
  if (!Settle(*left_over) || !store_->intakes().Enter(left_over->instance(), &from)) return false;
  if (from >= 0) left_over->SkipTo(static_cast<std::uint64_t>(from));
  const std::uint64_t before = taken_over_;
  bool more = true, stored = true;
  while (stored && more) {
    stored = store_->consent() == Consent::kDenied
                 ? Drop(DropReason::kConsent, left_over, nullptr, &more)
                 : StoreSome(left_over, &more);
    role_.KeepLogShort();
  }
  store_->intakes().Leave();
  if (taken_over_ != before) {
    reporter_.Log(LogLevel::kInfo,
                  std::to_string(taken_over_ - before) + " events taken over from a dead process");
  }
  if (stored && left_over->damaged()) TellDamaged();
  return stored;
}

// The server had confirmed these rows to the dead process, which could not settle them any more.
bool Estate::Settle(const LeftOverIntake& left_over) {
  std::vector<Settlement> settlements;
  for (const std::int64_t row : left_over.delivered_rows()) {
    settlements.emplace_back();
    settlements.back().id = row;
    settlements.back().kind = Settlement::Kind::kDelivered;
  }
  return settlements.empty() || store_->outbox().Settle(settlements);
}

// Stores as many records as fit in one transaction.
bool Estate::StoreSome(LeftOverIntake* left_over, bool* more) {
  RecordBatch batch(config_, store_, courier_);
  bool stored = batch.Begin(1);
  if (stored && store_->consent() == Consent::kDenied) {
    store_->inbox().Rollback();
    return true;
  }
  std::string_view record;
  while (stored && !batch.full() && (*more = left_over->Next(&record))) {
    stored = TakeRecord(record, &batch);
  }
  if (!stored || !store_->inbox().Commit(LeftPosition(left_over))) {
    store_->inbox().Rollback();
    return false;
  }
  taken_over_ += batch.events();
  batch.Tell(role_, batch.events());
  return true;
}

// A volatile event ends with its process, and a record that cannot be read was an event all the
// same.
bool Estate::TakeRecord(std::string_view bytes, RecordBatch* batch) {
  Record record;
  if (!DecodeRecord(bytes, &record)) {
    batch->Drop(bytes, DropReason::kDamaged);
    return true;
  }
  if (record.kind == RecordKind::kEvent && record.priority == Priority::kVolatile) {
    batch->Drop(bytes, DropReason::kVolatile);
    return true;
  }
  return batch->Take(bytes);
}

// Drops all events in one transaction, whoever they are about.
bool Estate::Drop(DropReason reason, LeftOverIntake* left_over, std::uint64_t* dropped,
                  bool* more) {
  std::uint64_t events = 0;
  std::string_view bytes;
  Record record;
  while (left_over->Next(&bytes)) {
    if (!DecodeRecord(bytes, &record) || record.kind == RecordKind::kEvent) ++events;
  }
  *more = false;
  const IntakePosition left = LeftPosition(left_over);
  if ((events > 0 || left.delivered > 0) && !store_->eraser().DropUnstored(reason, events, left)) {
    return false;
  }
  if (dropped != nullptr) *dropped += events;
  return true;
}

bool Estate::DropAll(DropReason reason, LeftOverIntake* left_over, std::uint64_t* dropped) {
  std::int64_t from = -1;
  if (!store_->intakes().Enter(left_over->instance(), &from)) return false;
  if (from >= 0) left_over->SkipTo(static_cast<std::uint64_t>(from));
  bool more = true;
  const bool all = Drop(reason, left_over, dropped, &more);
  store_->intakes().Leave();
  return all;
}

bool Estate::Purge(DropReason reason, PurgeResult* result) {
  const bool all = ForEach(
      [&](LeftOverIntake* left_over) { return DropAll(reason, left_over, &result->in_memory); },
      true);
  EraseStrangers(Sweep::kRemoval);
  return all;
}

// Does the origin `left` allow `sweep` to erase the memory? A removal concerns all that was tracked
// at this path.
bool Estate::MayErase(Sweep sweep, const IntakeOrigin& left) const {
  switch (sweep) {
    case Sweep::kRemoval:
      return WasReplaced(left, own_.Origin());
    case Sweep::kNewStore:
      return WasReplaced(left, own_.Origin()) &&
             StoreFiles(left.path, store_.files()).SetAsideAs(left.file) == Presence::kMissing;
    case Sweep::kAge:
      return HasLeftItsFolder(left, own_.Origin(), store_.files()) && left.keep_ms > 0 &&
             BootNow(clock_) - left.made > left.keep_ms;
  }
  return false;
}

bool Estate::EraseStranger(Sweep sweep, LeftMemory* left) {
  IntakeOrigin origin;
  if (!PeekOrigin(*left, &origin) || !MayErase(sweep, origin) || !left->TakeOver()) return false;
  std::string bytes;
  if (sweep == Sweep::kAge) {
    if (!left->Read(kMostFileBytes, &bytes)) return false;
    LeftOverIntake left_over(std::move(bytes));
    if (BootNow(clock_) - YoungestOf(&left_over, origin.made) <= origin.keep_ms) return false;
  }
  if (!left->Erase()) return false;
  left->Remove();
  return true;
}

// No ledger that could still be read counts their events.
void Estate::EraseStrangers(Sweep sweep) {
  const std::string& id = store_->intakes().store_id();
  if (store_.in_memory() || id.empty()) return;
  std::size_t erased = 0;
  own_.memory().ForEachFile("", [&](const std::string& path, LeftMemory* left) {
    const bool own = path.compare(path.rfind('/') + 1, id.size(), id) == 0;
    if (!own && EraseStranger(sweep, left)) ++erased;
  });
  if (erased == 0) return;
  reporter_.Log(LogLevel::kInfo, "erased the memory of " + std::to_string(erased) +
                                     " dead processes of deleted stores");
}

}  // namespace embeddables
