#include "agent/worker/own_intake.h"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

#include "agent/base/check.h"
#include "agent/event/event.h"
#include "agent/worker/persist_interval.h"
#include "platform/paths.h"

namespace embeddables {
namespace {

constexpr std::size_t kLeastBytes = 256 * 1024;
constexpr std::int64_t kTellAgainMs = 1000;

}  // namespace

OwnIntake::OwnIntake(const Config& config, const Clock& clock, std::uint64_t seed, Intake& intake,
                     Mailbox& mailbox, Reporter& reporter, StoreInUse& store, Courier& courier)
    : config_(config),
      clock_(clock),
      seed_(seed),
      intake_(intake),
      mailbox_(mailbox),
      reporter_(reporter),
      store_(store),
      courier_(courier) {}

void OwnIntake::ChoosePlaces() {
  if (!store_.in_process()) return;
  const char* const wrong = memory_.Choose(config_.memory_folder, store_.path());
  if (wrong != nullptr) reporter_.Log(LogLevel::kWarning, wrong + (": " + config_.memory_folder));
}

IntakeOrigin OwnIntake::Origin() const {
  IntakeOrigin origin;
  origin.path = store_.path();
  origin.file = store_->opening().file();
  origin.paths = NamespaceOfPaths();
  origin.made = BootNow(clock_);
  origin.keep_ms = std::chrono::milliseconds(store_->settings().in_force().max_age).count();
  return origin;
}

Status OwnIntake::Make() {
  std::string error;
  // Events that stay in memory only until the store can be opened need no more room than that.
  const bool wanted = config_.crash_safe_intake && memory_.possible() && !store_.in_memory();
  const std::size_t least = std::max(kLeastBytes, 2 * config_.max_event_bytes);
  if (wanted && memory_.Make(config_.intake_bytes, least, seed_, store_->intakes().store_id(),
                             Origin(), &intake_, &error)) {
    TellPlace();
    courier_.NoteDeliveriesIn(&intake_);
    if (SendsFromMemory(config_)) courier_.early().Use(&intake_);
    return Status();
  }
  if (wanted) {
    reporter_.Log(LogLevel::kWarning,
                  "events that are not stored yet would be lost in a crash: " + error);
  }
  return intake_.Allocate(config_.intake_bytes)
             ? Status()
             : Status(StatusCode::kOutOfMemory, "no memory for the intake");
}

IntakePosition OwnIntake::TakenSoFar() const {
  IntakePosition absorbed;
  absorbed.intake = memory_.id();
  absorbed.position = intake_.ReadPosition();
  absorbed.delivered = intake_.ReadDelivered();
  return absorbed;
}

// The store's file may have been replaced by another one: whoever takes over this memory looks for
// the new file's name.
void OwnIntake::FollowStore() {
  const FileId& file = store_->opening().file();
  if (!crash_safe() || store_.in_memory() || store_->intakes().store_id().empty() ||
      file == FileId())
    return;
  if (memory_.Follows(store_->intakes().store_id(), file)) return;
  memory_.Follow(store_->intakes().store_id(), file, &intake_);
  TellPlace();
}

// Processes with another environment do not look in this process's folder, so the store remembers
// it. The entry stays for as long as the device is up, so most starts write nothing.
void OwnIntake::TellPlace() {
  const std::string place = memory_.PlaceToTell();
  std::vector<std::string> known;
  const bool told =
      place.empty() || (store_->intakes().ReadMemoryPlaces(&known) &&
                        (std::find(known.begin(), known.end(), place) != known.end() ||
                         store_->intakes().AddMemoryPlace(place)));
  tell_place_at_ = told ? BootTime::Never() : BootNow(clock_) + kTellAgainMs;
}

bool OwnIntake::Mind(BootTime now) {
  FollowStore();
  if (now >= tell_place_at_) TellPlace();
  if (memory_.Look(now, intake_.Position())) return true;
  reporter_.Log(
      LogLevel::kWarning,
      "the intake's file was removed: until the next start a crash may take the events of "
      "the last 250 ms");
  courier_.NoteDeliveriesIn(nullptr);
  return false;
}

void OwnIntake::Leave(bool owes) {
  if (memory_.lost()) store_->intakes().Forget(memory_.lost_id());
  if (!crash_safe() || owes || intake_.AnyDeliveredRows() || !empty()) return;
  store_->intakes().Forget(memory_.id());
  memory_.End();
}

// The callers of these events are not told that they are stored: `stored_to` stays.
void OwnIntake::CountLost() {
  if (crash_safe()) return;
  std::uint64_t events = 0;
  std::string_view bytes;
  Record record;
  while (intake_.Read(&bytes)) {
    if (DecodeRecord(bytes, &record) && record.kind == RecordKind::kEvent) ++events;
  }
  if (events == 0) return;
  store_.CountLost(events);
  const MutexLock lock(mailbox_.mutex);
  intake_.Free(events);
  mailbox_.stats.ledger = store_.WholeLedger();
}

std::uint64_t OwnIntake::Free(std::uint64_t events, const DropReason* purged) {
  EarlyEvents& early = courier_.early();
  // Both change together, or a snapshot taken in between would count events twice or not at all.
  const MutexLock lock(mailbox_.mutex);
  const std::uint64_t delivered = intake_.ReadDelivered();
  EMB_CHECK(crash_safe() || delivered == 0);
  intake_.Free(events);
  const std::uint64_t untold = early.Freed(events, delivered);
  mailbox_.stats.ledger = store_.WholeLedger();
  mailbox_.delivered_in_intake = early.delivered();
  mailbox_.stats.store_in_memory = store_.in_memory();
  mailbox_.stored_to = intake_.ReadPosition();
  if (purged != nullptr) {
    ++mailbox_.purges;
    mailbox_.purged_for = *purged;
  }
  if (config_.durability == Durability::kImmediate) {
    freed_last_ = events;
    mailbox_.changed.NotifyAll();
  }
  return untold;
}

}  // namespace embeddables
