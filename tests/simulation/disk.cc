#include "tests/simulation/disk.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace embeddables::test {
namespace {

constexpr std::size_t kSector = 512;
std::uint64_t InBlocks(std::uint64_t bytes) {
  return (bytes + SimDisk::kBlock - 1) / SimDisk::kBlock * SimDisk::kBlock;
}

void Apply(const SimDisk::Write& write, std::string* to) {
  if (write.truncate) {
    to->resize(write.at);
    return;
  }
  if (to->size() < write.at + write.bytes.size()) to->resize(write.at + write.bytes.size());
  to->replace(write.at, write.bytes.size(), write.bytes);
}

// Some of its sectors, as a medium writes them in any order.
void ApplyTorn(const SimDisk::Write& write, Random* random, std::string* to) {
  if (write.truncate) return;
  for (std::size_t at = 0; at < write.bytes.size(); at += kSector) {
    if (random->Below(2) == 0) continue;
    SimDisk::Write part;
    part.at = write.at + at;
    part.bytes = write.bytes.substr(at, kSector);
    Apply(part, to);
  }
}

bool EndsWith(const std::string& path, const std::string& with) {
  return path.size() > with.size() &&
         path.compare(path.size() - with.size(), with.size(), with) == 0;
}

}  // namespace

DiskFile KindOf(const std::string& path) {
  if (path.empty()) return DiskFile::kTemporary;
  for (const char* aside : {".salvage-", ".damaged-", ".foreign-"}) {
    if (path.find(aside) != std::string::npos) return DiskFile::kAside;
  }
  if (EndsWith(path, ".reserve")) return DiskFile::kReserve;
  if (EndsWith(path, "-shm")) return DiskFile::kIndex;
  if (EndsWith(path, "-wal")) return DiskFile::kLog;
  return EndsWith(path, "-journal") ? DiskFile::kJournal : DiskFile::kDatabase;
}

const char* Name(DiskFile file) {
  static const char* const names[] = {"the database", "the log",          "the log's index",
                                      "the journal",  "a temporary file", "a file set aside",
                                      "the reserve",  "the folder"};
  return names[static_cast<int>(file)];
}

const char* Name(DiskOp op) {
  static const char* const names[] = {"open", "read",   "write",  "truncate", "sync",
                                      "size", "delete", "access", "lock",     "map",
                                      "find", "list",   "rename", "make",     "facts"};
  return names[static_cast<int>(op)];
}

const char* Name(DiskFault fault) {
  static const char* const names[] = {"none", "EIO", "ENOSPC", "EROFS", "short write"};
  return names[static_cast<int>(fault)];
}

const char* Name(PowerCut cut) {
  static const char* const names[] = {"dropped", "kept", "torn"};
  return names[static_cast<int>(cut)];
}

SimDisk::SimDisk() : vfs_(MakeVfs(this)) { sqlite3_vfs_register(&vfs_, 1); }
SimDisk::~SimDisk() { sqlite3_vfs_unregister(&vfs_); }

void SimDisk::Fail(DiskFault fault, std::uint64_t nth, std::uint64_t count) {
  Begin(fault, -1, nth, count);
}

void SimDisk::FailOnly(DiskOp op, std::uint64_t nth, std::uint64_t count) {
  Begin(DiskFault::kIo, static_cast<int>(op), nth, count);
}

void SimDisk::Begin(DiskFault fault, int only, std::uint64_t nth, std::uint64_t count) {
  fault_ = fault;
  only_ = only;
  fail_from_ = nth;
  fail_count_ = count;
  matched_ = 0;
}

bool SimDisk::failing() const {
  if (has_end()) return true;
  if (fault_ == DiskFault::kNone) return false;
  return matched_ < fail_from_ || matched_ - fail_from_ < fail_count_ - 1;
}

std::uint64_t SimDisk::calls(DiskFault fault) const { return calls_[static_cast<int>(fault)]; }

bool SimDisk::Befalls(DiskFault fault, DiskOp op) {
  switch (fault) {
    case DiskFault::kNone:
      return false;
    case DiskFault::kIo:
      return true;
    case DiskFault::kFull:
      return op == DiskOp::kWrite || op == DiskOp::kMap || op == DiskOp::kOpen ||
             op == DiskOp::kMake;
    case DiskFault::kReadOnly:
      return op == DiskOp::kWrite || op == DiskOp::kTruncate || op == DiskOp::kDelete ||
             op == DiskOp::kOpen || op == DiskOp::kRename || op == DiskOp::kMake;
    case DiskFault::kShortWrite:
      return op == DiskOp::kWrite;
  }
  return false;
}

DiskFault SimDisk::Call(DiskOp op, DiskFile file, bool changes, std::uint64_t grows) {
  if (looking_) return DiskFault::kNone;
  if (changes && ++changes_ == kill_at_) dead_ = true;
  if (dead_) return DiskFault::kIo;
  const auto at = static_cast<std::size_t>(op), of = static_cast<std::size_t>(file);
  called_[at][of] = true;
  for (int i = 1; i < kDiskFaults; ++i) {
    if (Befalls(static_cast<DiskFault>(i), op)) ++calls_[i];
  }
  const DiskFault fault = IsDue(op) ? fault_ : grows > free() ? DiskFault::kFull : DiskFault::kNone;
  if (fault == DiskFault::kNone) {
    if (grows > 0) most_used_ = std::max(most_used_, used() + grows);
    return fault;
  }
  full_ = fault == DiskFault::kFull;
  ++failures_;
  failed_[at][of] = true;
  return fault;
}

bool SimDisk::IsDue(DiskOp op) {
  if (!Befalls(fault_, op) || (only_ >= 0 && only_ != static_cast<int>(op))) return false;
  ++matched_;
  return matched_ >= fail_from_ && matched_ - fail_from_ < fail_count_;
}

std::uint64_t SimDisk::Growth(std::uint64_t from, std::uint64_t to) {
  return to > from ? InBlocks(to) - InBlocks(from) : 0;
}

// The index of the log has a file, too.
std::uint64_t SimDisk::used() const {
  std::uint64_t bytes = 0;
  for (const auto& each : nodes_) {
    bytes += InBlocks(each.second->bytes.size()) + each.second->regions.size() * kRegionBytes;
  }
  return bytes;
}

std::uint64_t SimDisk::free() const {
  if (size_ == kForEver) return kForEver;
  const std::uint64_t taken = used();
  return size_ > taken ? size_ - taken : 0;
}

void SimDisk::ForgetSites() {
  most_used_ = used();
  for (auto& of_op : called_) std::fill(std::begin(of_op), std::end(of_op), false);
  for (auto& of_op : failed_) std::fill(std::begin(of_op), std::end(of_op), false);
}

std::map<std::string, bool> SimDisk::sites() const {
  std::map<std::string, bool> sites;
  for (std::size_t op = 0; op < kDiskOps; ++op) {
    for (std::size_t file = 0; file < kDiskFiles; ++file) {
      if (!called_[op][file]) continue;
      sites[std::string(Name(static_cast<DiskOp>(op))) + " of " +
            Name(static_cast<DiskFile>(file))] = failed_[op][file];
    }
  }
  return sites;
}

std::shared_ptr<SimDisk::Node> SimDisk::Find(const std::string& path) {
  const auto found = nodes_.find(path);
  return found == nodes_.end() ? nullptr : found->second;
}

std::shared_ptr<SimDisk::Node> SimDisk::Make(const std::string& path) {
  auto node = std::make_shared<Node>();
  node->number = ++last_number_;
  if (!path.empty()) {
    nodes_[path] = node;
    ghosts_.erase(path);
  }
  return node;
}

void SimDisk::Remove(const std::string& path, bool durable) {
  const auto found = nodes_.find(path);
  if (found == nodes_.end()) return;
  if (!durable && found->second->on_medium) ghosts_[path] = found->second;
  nodes_.erase(found);
}

bool SimDisk::Rename(const std::string& from, const std::string& to) {
  const auto found = nodes_.find(from);
  if (found == nodes_.end()) return false;
  const std::shared_ptr<Node> node = found->second;
  nodes_.erase(found);
  nodes_[to] = node;
  SyncFolder();
  return true;
}

void SimDisk::SyncFolder() {
  ghosts_.clear();
  for (auto& each : nodes_) each.second->on_medium = true;
}

void SimDisk::WriteTo(Node* node, std::uint64_t at, const char* bytes, std::size_t size) {
  node->unsynced.push_back({at, std::string(bytes, size), false});
  Apply(node->unsynced.back(), &node->bytes);
}

void SimDisk::TruncateTo(Node* node, std::uint64_t size) {
  node->unsynced.push_back({size, std::string(), true});
  node->bytes.resize(size);
}

void SimDisk::Sync(Node* node) {
  if (ignore_syncs_) return;
  for (const Write& write : node->unsynced) Apply(write, &node->durable);
  node->unsynced.clear();
  node->on_medium = true;
  if (!node->syncs_folder) return;
  node->syncs_folder = false;
  SyncFolder();
}

void SimDisk::Revive() {
  dead_ = false;
  kill_at_ = 0;
  for (auto& each : nodes_) {
    Node& node = *each.second;
    node.regions.clear();
    node.mappers = 0;
    std::fill(std::begin(node.shm_shared), std::end(node.shm_shared), 0);
    std::fill(std::begin(node.shm_exclusive), std::end(node.shm_exclusive), false);
    node.shared = node.reserved = node.pending = node.exclusive = 0;
  }
}

void SimDisk::Crash(Node* node, PowerCut cut, Random* random) {
  for (const Write& write : node->unsynced) {
    if (cut == PowerCut::kKept || (cut == PowerCut::kTorn && random->Below(2) == 0)) {
      Apply(write, &node->durable);
    } else if (cut == PowerCut::kTorn && random->Below(4) == 0) {
      ApplyTorn(write, random, &node->durable);
    }
  }
  node->unsynced.clear();
  node->bytes = node->durable;
  node->on_medium = true;
}

void SimDisk::Cut(PowerCut cut, Random* random) {
  for (const auto& ghost : ghosts_) {
    const bool back =
        cut == PowerCut::kDropped || (cut == PowerCut::kTorn && random->Below(2) == 0);
    if (back && nodes_.count(ghost.first) == 0) nodes_[ghost.first] = ghost.second;
  }
  ghosts_.clear();
  for (auto each = nodes_.begin(); each != nodes_.end();) {
    const bool never_synced = !each->second->on_medium;
    const bool gone = never_synced && (cut == PowerCut::kDropped ||
                                       (cut == PowerCut::kTorn && random->Below(2) == 0));
    if (!gone) Crash(each->second.get(), cut, random);
    each = gone ? nodes_.erase(each) : std::next(each);
  }
}

std::uint64_t SimDisk::Bytes(const std::string& path) const {
  std::uint64_t bytes = 0;
  for (const std::string& name : {path, path + "-wal", path + ".reserve"}) {
    const auto found = nodes_.find(name);
    if (found != nodes_.end()) bytes += found->second->bytes.size();
  }
  return bytes;
}

std::vector<std::string> SimDisk::Files() const {
  std::vector<std::string> names;
  for (const auto& each : nodes_) names.push_back(each.first);
  return names;
}

std::map<std::string, std::string> SimDisk::Contents() const {
  std::map<std::string, std::string> contents;
  for (const auto& each : nodes_) contents[each.first] = each.second->bytes;
  return contents;
}

sqlite3* SimDisk::OpenCopy(const std::string& path) {
  for (const char* part : {"", "-wal", "-journal"}) {
    const auto node = Find(path + part);
    if (node == nullptr) continue;
    auto copy = std::make_shared<Node>();
    copy->bytes = node->bytes;
    nodes_[path + ".copy" + part] = copy;
  }
  looking_ = true;
  sqlite3* copy = nullptr;
  if (sqlite3_open_v2((path + ".copy").c_str(), &copy, SQLITE_OPEN_READWRITE, nullptr) !=
      SQLITE_OK) {
    CloseCopy(copy, path);
    return nullptr;
  }
  return copy;
}

void SimDisk::CloseCopy(sqlite3* copy, const std::string& path) {
  sqlite3_close(copy);
  for (const char* part : {"", "-wal", "-journal"}) nodes_.erase(path + ".copy" + part);
  looking_ = false;
}

}  // namespace embeddables::test
