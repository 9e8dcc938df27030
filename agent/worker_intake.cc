// The intake as memory that outlives the process, and what dead processes have left in theirs.
//
// One file an agent: FOLDER/STORE-INTAKE.intake, both ids in hexadecimal, so that a store's files
// are found by its name. A file ends in this order, so that a death in between takes nothing twice:
// the store has its events and its position; nothing is in it any more; the store forgets the
// position; the name goes.

#include <algorithm>
#include <cstdio>
#include <utility>

#include "agent/worker.h"

namespace embeddables {
namespace {

constexpr std::size_t kLeastBytes = 256 * 1024;
// What Start allows, and the header.
constexpr std::size_t kMostFileBytes = (std::size_t{256} << 20) + 4096;
constexpr std::int64_t kLookForRemainsMs = 5000;

std::string FileName(const std::string& folder, const std::string& store, std::int64_t intake) {
  char name[32];
  std::snprintf(name, sizeof name, "-%014llx.intake", static_cast<unsigned long long>(intake));
  return folder + "/" + store + name;
}

IntakePosition LeftPosition(IntakeRemains* remains) {
  IntakePosition left;
  left.intake = remains->instance();
  left.position = remains->position();
  left.delivered = remains->TakeDelivered();
  return left;
}

}  // namespace

Status Worker::MakeIntake() {
  const char* const lost = "what is tracked and not stored yet would be lost in a crash: ";
  std::string error = "the system has no memory with a name";
  // What is only in memory until the store can be opened needs no more than that.
  const bool outlives = process_ != nullptr || !folders_.empty();
  // ... nor can it be named before the store could be read.
  const bool named = !store_->store_id().empty();
  if (!named) error = "the store cannot be read yet";
  const bool wanted = config_.crash_safe_intake && outlives && !in_memory_;
  const std::size_t least = std::max(kLeastBytes, 2 * config_.max_event_bytes);
  for (std::size_t bytes = config_.intake_bytes; wanted && named && !folders_.empty(); bytes /= 2) {
    // Positive, and as large as the row numbers that a salvage trusts.
    intake_id_ = static_cast<std::int64_t>(seed_ >> 11) | 1;
    named_for_ = store_->store_id();
    if (memory_.Create(FileName(folders_.front(), named_for_, intake_id_),
                       Intake::BlockBytes(bytes), &error)) {
      intake_->Use(memory_.data(), bytes, intake_id_);
      return Status();
    }
    intake_id_ = 0;
    if (bytes / 2 < least) break;
  }
  if (wanted) reporter_->Log(LogLevel::kWarning, lost + error);
  return intake_->Allocate(config_.intake_bytes)
             ? Status()
             : Status(StatusCode::kOutOfMemory, "no memory for the intake");
}

IntakePosition Worker::TakenSoFar() const {
  IntakePosition absorbed;
  absorbed.intake = intake_id_;
  absorbed.position = intake_->ReadPosition();
  absorbed.delivered = intake_->ReadDelivered();
  return absorbed;
}

// The store's file has been replaced by another one: who looks for this memory looks for that one's
// name.
void Worker::FollowStore() {
  if (intake_id_ == 0 || store_->store_id() == named_for_ || store_->store_id().empty()) return;
  const std::string& path = memory_.path();
  const std::string folder = path.substr(0, path.rfind('/'));
  if (memory_.Rename(FileName(folder, store_->store_id(), intake_id_))) {
    named_for_ = store_->store_id();
  }
}

// At the end. Memory that the store did not take stays for the next start.
void Worker::LeaveIntake() {
  if (intake_id_ == 0 || intake_->AnyDeliveredRows() ||
      intake_->Position() != intake_->ReadPosition()) {
    return;
  }
  store_->ForgetIntake(intake_id_);
  memory_.Remove();
  intake_id_ = 0;
}

// --- What dead processes have left.

// False: something is still there.
bool Worker::ForEachRemains(const std::function<bool(IntakeRemains*)>& take, bool unknown_too) {
  bool all = true;
  if (store_->store_id().empty()) return all;
  for (const std::string& folder : folders_) {
    for (const std::string& path : FilesBeginningWith(folder + "/" + store_->store_id() + "-")) {
      LeftMemory left;
      if (!left.TakeOver(path)) continue;  // its process lives
      std::string bytes;
      if (!left.Read(kMostFileBytes, &bytes)) {
        all = false;
        continue;
      }
      IntakeRemains remains(std::move(bytes));
      if (remains.state() == IntakeRemains::State::kDamaged) TellDamagedRemains();
      const bool known = remains.state() != IntakeRemains::State::kUnknown;
      if (!known) TellUnknownRemains();
      if (!known && !unknown_too) continue;
      const bool whole = remains.state() == IntakeRemains::State::kWhole;
      const bool gone = (!whole || take(&remains)) && left.Erase() &&
                        (!whole || store_->ForgetIntake(remains.instance()));
      if (gone) left.Remove();
      all = all && gone;
    }
  }
  return all;
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
  if (now < take_over_at_ || folders_.empty()) return;
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
  const std::size_t chunk = ChunkBytes();
  std::uint64_t events = 0;
  std::size_t bytes = 0;
  bool critical = false;
  bool stored = store_->BeginAppend(chunk + config_.max_event_bytes);
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
  return ForEachRemains(
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
}

}  // namespace embeddables
