#include "agent/store/store_space.h"

namespace embeddables {
namespace {

constexpr char kNoRoom[] = "the disk is full; make room";

}  // namespace

StoreSpace::StoreSpace(const Settings& settings, const Clock& clock, const StorePlace& place,
                       Database* database, StoreFailure* failure)
    : settings_(settings),
      clock_(clock),
      place_(place),
      db_(*database),
      failure_(*failure),
      pages_(database),
      log_(settings, clock, place, database, failure),
      reserve_(place.files()) {}

std::uint64_t StoreSpace::FileBytes() const {
  const std::uint64_t file = db_.is_open() ? pages_.bytes() : place_.files().Size(place_.path());
  return file + log_.bytes() + reserve_.bytes();
}

void StoreSpace::Begin() {
  lacks_room_ = false;
  most_pages_ = 0;
}

bool StoreSpace::SpareBytes(std::uint64_t* bytes) {
  *bytes = UINT64_MAX;
  if (place_.in_memory()) return true;
  std::uint64_t pages = 0;
  if (!pages_.Count(&pages)) return false;
  const std::uint64_t file = place_.files().Size(place_.path());
  const std::uint64_t promised = pages * kPageBytes > file ? pages * kPageBytes - file : 0;
  const std::uint64_t free = place_.files().FreeBytes(place_.path());
  const std::uint64_t kept = settings_.in_force().min_free_bytes + promised + reserve_.missing();
  *bytes = free > kept ? free - kept : 0;
  return true;
}

bool StoreSpace::LogMayGrow(std::uint64_t by, std::uint64_t spare) {
  if (by <= spare) return true;
  if (by > StoreReserve::PlaceForLog(log_.bytes())) return false;
  return !reserve_.held() || (by > place_.files().FreeBytes(place_.path()) && reserve_.Give());
}

bool StoreSpace::HasRoom() {
  std::uint64_t pages = 0;
  if (most_pages_ == 0) return true;
  if (!pages_.Count(&pages)) return false;
  return pages <= most_pages_ || LacksRoom(kNoRoom);
}

// Other programs may fill the disk before the log is written back: that must not prevent it.
bool StoreSpace::HoldPlace() { return pages_.HoldPlace() || LacksRoom(kNoRoom); }

bool StoreSpace::LacksRoom(const char* why) {
  lacks_room_ = true;
  return failure_.Refuse(why);
}

void StoreSpace::Committed() {
  log_emptied_ = false;
  reserve_.MakeAgain(BootNow(clock_), settings_.in_force().min_free_bytes);
  if (log_.may_checkpoint() && log_.IsLong()) log_.Checkpoint();
}

// A log that is wholly written back is overwritten from its start. If that did not help (the log is
// short, or somebody still reads it), it may grow in the reserve's place.
void StoreSpace::FindRoom() {
  db_.TakeFull();
  if (!log_emptied_ && log_.may_checkpoint()) {
    log_emptied_ = true;
    if (log_.Reusable() > 0) return;
  }
  reserve_.Give();
}

void StoreSpace::FindRoomToErase() {
  if (!db_.TakeFull()) return;
  log_.Reusable();
  reserve_.Give();
}

}  // namespace embeddables
