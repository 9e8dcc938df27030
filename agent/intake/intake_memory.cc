#include "agent/intake/intake_memory.h"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace embeddables {
namespace {

constexpr std::int64_t kLookMs = 400;
// While requests run there are thousands of steps per second.
constexpr std::int64_t kAskMs = 10;
// The bound for places that a store may name: nobody has so many.
constexpr std::size_t kMostPlaces = 32;

bool Holds(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

}  // namespace

const char* IntakeMemory::Choose(const std::string& chosen, const std::string& store) {
  if (!only_.empty()) return nullptr;
  const char* wrong = nullptr;
  if (!chosen.empty()) {
    const std::string folder = MemoryFolderWithin(chosen);
    if (MakeMemoryFolder(folder)) {
      to_make_.push_back(folder);
    } else {
      wrong =
          "Config::memory_folder does not exist, is not in memory (tmpfs), or cannot be written";
    }
  }
  const std::string own = MemoryFolderOfEnvironment();
  if (!own.empty()) to_make_.push_back(own);
  const UserId self = ThisUser();
  for (const std::string& folder : MemoryFoldersOf(self)) to_make_.push_back(folder);
  to_read_ = to_make_;
  other_user_ = MayActFor(store);
  if (other_user_ == self) return wrong;
  for (const std::string& folder : MemoryFoldersOf(other_user_)) to_read_.push_back(folder);
  return wrong;
}

void IntakeMemory::AddPlace(const std::string& folder) {
  const bool good =
      IsAbsolute(folder) && folder.find('\0') == std::string::npos && to_read_.size() < kMostPlaces;
  if (good && !Holds(to_read_, folder)) to_read_.push_back(folder);
}

std::string IntakeMemory::PathIn(const std::string& folder) const {
  char name[32];
  std::snprintf(name, sizeof name, "-%014llx.intake", static_cast<unsigned long long>(id_));
  return folder + "/" + store_id_ + name;
}

bool IntakeMemory::Make(std::size_t bytes, std::size_t least, std::uint64_t seed,
                        const std::string& store_id, const IntakeOrigin& origin, Intake* intake,
                        std::string* error) {
  *error = "the system has no memory that outlives a process";
  store_id_ = store_id;
  origin_ = origin;
  // The id is positive, and no larger than the row numbers that a salvage trusts.
  id_ = static_cast<std::int64_t>(seed >> 11) | 1;
  if (!only_.empty()) {
    if (MakeIn(only_, bytes, least, intake, error)) return true;
  }
  for (const std::string& folder : to_make_) {
    if (MakeMemoryFolder(folder) && MakeIn(folder, bytes, least, intake, error)) return true;
  }
  id_ = 0;
  return false;
}

bool IntakeMemory::MakeIn(const std::string& folder, std::size_t bytes, std::size_t least,
                          Intake* intake, std::string* error) {
  for (;; bytes /= 2) {
    if (memory_.Create(PathIn(folder), Intake::BlockBytes(bytes), error)) break;
    if (bytes / 2 < least) return false;
  }
  intake->Use(memory_.data(), bytes, id_, origin_.Written());
  folder_ = folder;
  watched_ = false;
  return true;
}

// The order matters: a process that dies in between leaves memory with the new store's name whose
// file has left the path, and the next start at that path takes it over.
void IntakeMemory::Follow(const std::string& store_id, const FileId& file, Intake* intake) {
  if (store_id != store_id_) {
    const std::string before = std::exchange(store_id_, store_id);
    if (!memory_.Rename(PathIn(folder_))) {
      store_id_ = before;
      return;
    }
    watched_ = false;
  }
  origin_.file = file;
  intake->SetOrigin(origin_.Written());
}

std::string IntakeMemory::PlaceToTell() const {
  const bool known = id_ == 0 || !only_.empty() || Holds(MemoryFoldersOf(ThisUser()), folder_);
  return known ? std::string() : folder_;
}

void IntakeMemory::Watch() {
  if (id_ == 0 || std::exchange(watched_, true)) return;
  watch_.Watch(memory_.path());
}

void IntakeMemory::End() {
  memory_.Remove();
  id_ = 0;
}

bool IntakeMemory::Look(BootTime now, std::uint64_t position) {
  if (id_ == 0 || now - asked_at_ < kAskMs) return true;
  asked_at_ = now;
  const bool told = watch_.Clear();
  if (!told && now - looked_at_ < kLookMs) return true;
  news_ = position != std::exchange(looked_to_, position);
  if (!told && !news_) return true;
  looked_at_ = now;
  if (memory_.KeepsName()) return true;
  lost_id_ = std::exchange(id_, 0);
  return false;
}

BootTime IntakeMemory::NextLook(std::uint64_t position) const {
  if (id_ == 0 || waitable().ok()) return BootTime::Never();
  if (!news_ && position == looked_to_) return BootTime::Never();
  return std::max(looked_at_ + kLookMs, asked_at_ + kAskMs);
}

}  // namespace embeddables
