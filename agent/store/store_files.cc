#include "agent/store/store_files.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iterator>

namespace embeddables {
namespace {

constexpr char kSalvage[] = ".salvage-";
constexpr char kDamaged[] = ".damaged-";
constexpr char kForeign[] = ".foreign-";
constexpr std::size_t kKeptDamaged = 2;
constexpr std::uint64_t kSmallestPage = 512;
// The database is renamed first: then a log without a database tells that the renaming is
// unfinished.
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

}  // namespace

bool StoreFiles::IsMissing(const std::string& path) const {
  FileFacts facts;
  return files_.Find(path, &facts) == Presence::kMissing;
}

bool StoreFiles::RenameGroup(const std::string& from, const std::string& to,
                             std::string* error) const {
  for (const char* suffix : kSuffixes) {
    if (IsMissing(from + suffix)) continue;
    if (!files_.Rename(from + suffix, to + suffix, error)) return false;
  }
  return true;
}

bool StoreFiles::RemoveGroup(const std::string& name) const {
  bool gone = true;
  // The database is removed last: while it is there, the other files are found by its name.
  for (auto suffix = std::rbegin(kSuffixes); suffix != std::rend(kSuffixes); ++suffix) {
    gone = files_.Remove(name + *suffix) && gone;
  }
  return gone;
}

// False: the system does not say.
bool StoreFiles::Groups(const char* kind, std::vector<std::string>* names) const {
  const std::string prefix = path_ + kind;
  std::vector<std::string> files;
  if (!files_.List(prefix, &files)) return false;
  std::vector<long> numbers;
  numbers.reserve(files.size());
  for (const std::string& file : files) numbers.push_back(NumberOf(file, prefix.size()));
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  for (const long number : numbers) {
    if (number != 0) names->push_back(prefix + std::to_string(number));
  }
  return true;
}

// All kinds share one count, so that a group keeps its number. Empty: the system does not say which
// numbers are taken.
std::string StoreFiles::NextName(const char* kind) const {
  long highest = 0;
  for (const char* each : {kSalvage, kDamaged, kForeign}) {
    std::vector<std::string> groups;
    if (!Groups(each, &groups)) return std::string();
    if (groups.empty()) continue;
    highest = std::max(highest, NumberOf(groups.back(), path_.size() + std::string(each).size()));
  }
  return path_ + kind + std::to_string(highest + 1);
}

// False: the system does not say. If that were taken for a no, SQLite would delete the log.
bool StoreFiles::LogIsAlone(bool* alone) const {
  FileFacts log, database;
  if (files_.Find(path_ + "-wal", &log) == Presence::kUnknown ||
      files_.Find(path_, &database) == Presence::kUnknown) {
    return false;
  }
  *alone = log.size != 0 && database.size == 0;
  return true;
}

bool StoreFiles::NeedRepair() const {
  std::vector<std::string> groups;
  bool alone = false;
  return !LogIsAlone(&alone) || alone || !Groups(kSalvage, &groups) || !groups.empty();
}

bool StoreFiles::HaveSetAside() const {
  std::vector<std::string> groups;
  return !Groups(kSalvage, &groups) || !Groups(kDamaged, &groups) || !groups.empty();
}

bool StoreFiles::Repair(std::string* error) const {
  *error = "the folder cannot be read";
  std::vector<std::string> groups;
  bool alone = false;
  if (!Groups(kSalvage, &groups) || !LogIsAlone(&alone)) return false;
  if (!alone) return true;
  std::string name = NextName(kSalvage);
  if (name.empty()) return false;
  for (const std::string& group : groups) {
    if (IsMissing(group + "-wal")) name = group;
  }
  for (const char* suffix : kSuffixes) {
    const bool empty = *suffix == '\0';
    if (empty || IsMissing(path_ + suffix)) continue;
    if (!files_.Rename(path_ + suffix, name + suffix, error)) return false;
  }
  return true;
}

// A file without SQLite's first words may be a store of ours with a damaged first page; but a file
// that is not even made of pages was put there by somebody.
bool StoreFiles::LooksLikeOurs() const {
  return files_.Size(path_) % kSmallestPage == 0 || files_.BeginsWith(path_, "SQLite format 3") ||
         files_.Size(path_ + "-wal") != 0;
}

std::string StoreFiles::SetAside(std::string* error) const {
  *error = "the folder cannot be read";
  const std::string name = NextName(LooksLikeOurs() ? kSalvage : kForeign);
  return !name.empty() && RenameGroup(path_, name, error) ? name : std::string();
}

bool StoreFiles::Unsalvaged(std::vector<std::string>* names) const {
  return Groups(kSalvage, names);
}

std::string StoreFiles::Salvaged(const std::string& name) const {
  const std::string number = name.substr(path_.size() + sizeof kSalvage - 1);
  std::string kept = path_ + kDamaged + number;
  std::string error;
  if (!RenameGroup(name, kept, &error)) return name;
  // Reading has left this file.
  files_.Remove(kept + "-shm");
  FileFacts log;
  if (files_.Find(kept + "-wal", &log) == Presence::kThere && log.size == 0) {
    files_.Remove(kept + "-wal");
  }
  std::vector<std::string> groups;
  Groups(kDamaged, &groups);
  for (std::size_t i = 0; i + kKeptDamaged < groups.size(); ++i) RemoveGroup(groups[i]);
  return kept;
}

bool StoreFiles::EraseSetAside() const {
  std::vector<std::string> groups;
  bool gone = Groups(kSalvage, &groups) && Groups(kDamaged, &groups);
  for (const std::string& group : groups) gone = RemoveGroup(group) && gone;
  return gone;
}

Presence StoreFiles::SetAsideAs(const FileId& file) const {
  std::vector<std::string> groups;
  if (!Groups(kSalvage, &groups) || !Groups(kDamaged, &groups)) return Presence::kUnknown;
  for (const std::string& group : groups) {
    FileFacts facts;
    const Presence presence = files_.Find(group, &facts);
    if (presence == Presence::kUnknown) return presence;
    if (presence == Presence::kThere && facts.id == file) return presence;
  }
  return Presence::kMissing;
}

}  // namespace embeddables
