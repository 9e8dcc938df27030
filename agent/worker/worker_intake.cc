// The intake as memory that outlives the process: its file is made, follows the store, and ends
// with what is in it. What other processes have left is worker_remains.cc's.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/api/config.h"
#include "agent/worker/worker.h"

namespace embeddables {
namespace {

constexpr std::size_t kLeastBytes = 256 * 1024;
constexpr std::int64_t kTellAgainMs = 1000;

}  // namespace

void Worker::ChoosePlaces() {
  if (process_ == nullptr) return;
  const char* const wrong = memory_.Choose(config_.memory_folder, store_path_);
  if (wrong != nullptr) reporter_->Log(LogLevel::kWarning, wrong + (": " + config_.memory_folder));
}

IntakeOrigin Worker::Origin() const {
  IntakeOrigin origin;
  origin.path = store_path_;
  origin.file = store_->file();
  origin.paths = NamespaceOfPaths();
  origin.made_ms = clock_.BootMs();
  origin.keep_ms = std::chrono::milliseconds(config_.max_age).count();
  return origin;
}

Status Worker::MakeIntake() {
  std::string error;
  // What is only in memory until the store can be opened needs no more than that.
  const bool wanted = config_.crash_safe_intake && memory_.possible() && !in_memory_;
  const std::size_t least = std::max(kLeastBytes, 2 * config_.max_event_bytes);
  if (wanted && memory_.Make(config_.intake_bytes, least, seed_, store_->store_id(), Origin(),
                             intake_, &error)) {
    TellPlace();
    return Status();
  }
  if (wanted) {
    reporter_->Log(LogLevel::kWarning,
                   "what is tracked and not stored yet would be lost in a crash: " + error);
  }
  return intake_->Allocate(config_.intake_bytes)
             ? Status()
             : Status(StatusCode::kOutOfMemory, "no memory for the intake");
}

IntakePosition Worker::TakenSoFar() const {
  IntakePosition absorbed;
  absorbed.intake = memory_.id();
  absorbed.position = intake_->ReadPosition();
  absorbed.delivered = intake_->ReadDelivered();
  return absorbed;
}

// The store's file has been replaced by another one: who looks for this memory looks for that one's
// name.
void Worker::FollowStore() {
  const FileId& file = store_->file();
  if (memory_.id() == 0 || in_memory_ || store_->store_id().empty() || file == FileId()) return;
  if (memory_.Follows(store_->store_id(), file)) return;
  memory_.Follow(store_->store_id(), file, intake_);
  TellPlace();
}

// Processes with another environment do not look in this one's folder. It stays in the store for as
// long as the device is up, so most starts write nothing.
void Worker::TellPlace() {
  const std::string place = memory_.PlaceToTell();
  std::vector<std::string> known;
  const bool told =
      place.empty() || (store_->ReadMemoryPlaces(&known) &&
                        (std::find(known.begin(), known.end(), place) != known.end() ||
                         store_->AddMemoryPlace(place)));
  tell_place_at_ = told ? -1 : clock_.BootMs() + kTellAgainMs;
}

// Somebody has removed the file, and what is tracked would end with the process. It is stored at
// once, and from here on as soon as with plain memory.
void Worker::MindMemory(std::int64_t now) {
  if (tell_place_at_ >= 0 && now >= tell_place_at_) TellPlace();
  if (!memory_.Look(now, intake_->Position())) {
    reporter_->Log(LogLevel::kWarning,
                   "the memory's file was removed: a crash may take what is tracked in 250 ms from "
                   "now on, until the next start");
    persist_ms_ = std::min<std::int64_t>(persist_ms_, PersistInterval(Config(), false).count());
    courier_.NoteDeliveriesIn(nullptr);
    absorb_all_ = true;
  }
  LeaveYoung(now);
}

// At the end. Memory that the store did not take stays for the next start.
void Worker::LeaveIntake() {
  if (memory_.lost()) store_->ForgetIntake(memory_.lost_id());
  if (memory_.id() == 0 || intake_->AnyDeliveredRows() ||
      intake_->Position() != intake_->ReadPosition()) {
    return;
  }
  store_->ForgetIntake(memory_.id());
  memory_.End();
}

}  // namespace embeddables
