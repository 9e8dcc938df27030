#include "agent/store_files.h"

#include <algorithm>
#include <cstdlib>

namespace embeddables {
namespace {

constexpr char kSalvage[] = ".salvage-";
constexpr char kDamaged[] = ".damaged-";
constexpr char kForeign[] = ".foreign-";
constexpr std::size_t kKeptDamaged = 2;
constexpr std::uint64_t kSmallestPage = 512;
// The database goes first: then a log without a database tells what is to be finished.
constexpr const char* kSuffixes[] = {"", "-wal", "-shm", "-journal"};

// N of "PATH.salvage-N" and "PATH.salvage-N-wal"; 0: neither.
long NumberOf(const std::string& file, std::size_t digits_at) {
  char* end = nullptr;
  const long number = std::strtol(file.c_str() + digits_at, &end, 10);
  const std::string rest = end;
  const bool known = std::any_of(std::begin(kSuffixes), std::end(kSuffixes),
                                 [&rest](const char* suffix) { return rest == suffix; });
  return known && number > 0 ? number : 0;
}

bool RenameGroup(const std::string& from, const std::string& to, std::string* error) {
  for (const char* suffix : kSuffixes) {
    FileId id;
    if (FindFile(from + suffix, &id) == Presence::kMissing) continue;
    if (!RenameFile(from + suffix, to + suffix, error)) return false;
  }
  return true;
}

bool RemoveGroup(const std::string& name) {
  bool gone = true;
  // The database last: while it is there, the rest is found by its name.
  for (auto suffix = std::rbegin(kSuffixes); suffix != std::rend(kSuffixes); ++suffix) {
    gone = RemoveFile(name + *suffix) && gone;
  }
  return gone;
}

}  // namespace

std::vector<std::string> StoreFiles::Groups(const char* kind) const {
  const std::string prefix = path_ + kind;
  std::vector<long> numbers;
  for (const std::string& file : FilesBeginningWith(prefix)) {
    numbers.push_back(NumberOf(file, prefix.size()));
  }
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  std::vector<std::string> groups;
  for (const long number : numbers) {
    if (number != 0) groups.push_back(prefix + std::to_string(number));
  }
  return groups;
}

// One count for all kinds, so that a group keeps its number.
std::string StoreFiles::NextName(const char* kind) const {
  long highest = 0;
  for (const char* each : {kSalvage, kDamaged, kForeign}) {
    const std::vector<std::string> groups = Groups(each);
    if (groups.empty()) continue;
    highest = std::max(highest, NumberOf(groups.back(), path_.size() + std::string(each).size()));
  }
  return path_ + kind + std::to_string(highest + 1);
}

bool StoreFiles::NeedRepair() const {
  return (FileSize(path_) == 0 && FileSize(path_ + "-wal") != 0) || !Groups(kSalvage).empty();
}

bool StoreFiles::HaveSetAside() const {
  return !Groups(kSalvage).empty() || !Groups(kDamaged).empty();
}

bool StoreFiles::Repair(std::string* error) const {
  if (FileSize(path_) != 0 || FileSize(path_ + "-wal") == 0) return true;
  std::string name = NextName(kSalvage);
  for (const std::string& group : Groups(kSalvage)) {
    FileId id;
    if (FindFile(group + "-wal", &id) == Presence::kMissing) name = group;
  }
  for (const char* suffix : kSuffixes) {
    FileId id;
    const bool empty = *suffix == '\0';
    if (empty || FindFile(path_ + suffix, &id) == Presence::kMissing) continue;
    if (!RenameFile(path_ + suffix, name + suffix, error)) return false;
  }
  return true;
}

// A file without SQLite's first words may be a store of ours whose first page was hit; but one that
// is not even made of pages was put there by somebody.
bool StoreFiles::LooksLikeOurs() const {
  const std::uint64_t size = FileSize(path_);
  return size % kSmallestPage == 0 || BeginsWith(path_, "SQLite format 3") ||
         FileSize(path_ + "-wal") != 0;
}

std::string StoreFiles::SetAside(std::string* error) const {
  const std::string name = NextName(LooksLikeOurs() ? kSalvage : kForeign);
  return RenameGroup(path_, name, error) ? name : std::string();
}

std::vector<std::string> StoreFiles::Unsalvaged() const { return Groups(kSalvage); }

std::string StoreFiles::Salvaged(const std::string& name) const {
  const std::string number = name.substr(path_.size() + sizeof kSalvage - 1);
  std::string kept = path_ + kDamaged + number;
  std::string error;
  if (!RenameGroup(name, kept, &error)) return name;
  // What reading left.
  RemoveFile(kept + "-shm");
  if (FileSize(kept + "-wal") == 0) RemoveFile(kept + "-wal");
  const std::vector<std::string> groups = Groups(kDamaged);
  for (std::size_t i = 0; i + kKeptDamaged < groups.size(); ++i) RemoveGroup(groups[i]);
  return kept;
}

bool StoreFiles::EraseSetAside() const {
  bool gone = true;
  for (const char* kind : {kSalvage, kDamaged}) {
    for (const std::string& group : Groups(kind)) gone = RemoveGroup(group) && gone;
  }
  return gone;
}

bool StoreFiles::IsSetAside(const FileId& file) const {
  for (const char* kind : {kSalvage, kDamaged}) {
    for (const std::string& group : Groups(kind)) {
      FileId id;
      if (FindFile(group, &id) == Presence::kThere && id == file) return true;
    }
  }
  return false;
}

}  // namespace embeddables
