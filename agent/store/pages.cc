#include "agent/store/pages.h"

namespace embeddables {

bool Pages::Prepare() {
  return count_.PrepareLater(&db_, "PRAGMA page_count") &&
         free_count_.PrepareLater(&db_, "PRAGMA freelist_count");
}

bool Pages::Ask(Statement* count, std::uint64_t* pages) {
  if (!count->Next()) return false;
  *pages = static_cast<std::uint64_t>(count->Int(0));
  count->Reset();
  return true;
}

bool Pages::CountUsedBytes(std::uint64_t* bytes) {
  std::uint64_t pages = 0, free = 0;
  if (!Count(&pages) || !CountFree(&free)) return false;
  *bytes = (pages - free) * kPageBytes;
  return true;
}

void Pages::Read() {
  if (!Count(&pages_) || !CountUsedBytes(&used_bytes_)) used_bytes_ = bytes();
}

bool Pages::HoldPlace() {
  if (pages_ <= placed_pages_) return true;
  if (!db_.HoldPlace(bytes())) return false;
  placed_pages_ = pages_;
  return true;
}

}  // namespace embeddables
