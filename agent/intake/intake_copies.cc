#include "agent/intake/intake_copies.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <utility>

#include "agent/intake/intake_layout.h"
#include "agent/intake/left_over_intake.h"
#include "platform/paths.h"

namespace embeddables {

using intake::Header;

namespace {

// The largest intake that Start allows, and the pages around its ring.
constexpr std::size_t kMostFileBytes = (std::size_t{256} << 20) + 8192;

std::uint64_t Head(const std::string& bytes) {
  std::uint64_t word = 0;
  const std::size_t offset = offsetof(Header, head);
  if (bytes.size() >= offset + sizeof word) std::memcpy(&word, bytes.data() + offset, sizeof word);
  return word & intake::kUnitMask;
}
}  // namespace

IntakeCopies::IntakeCopies(const std::string& store) : owner_(OwnerOf(store)) {
  own_.path = store;
  FindFile(store, &own_.file);
  own_.paths = NamespaceOfPaths();
}

bool IntakeCopies::SeesAll() const {
  return owner_ == ThisUser() || MayActFor(own_.path) == owner_;
}

void IntakeCopies::Collect(const std::string& store_id, const std::vector<std::string>& places) {
  all_.clear();
  if (store_id.empty()) return;
  FindFile(own_.path, &own_.file);
  const UserId self = ThisUser();
  std::vector<std::string> folders = MemoryFoldersOf(self);
  for (const std::string& each : MemoryFoldersOf(owner_)) folders.push_back(each);
  folders.push_back(MemoryFolderOfEnvironment());
  for (const std::string& each : places) {
    if (IsAbsolute(each) && each.find('\0') == std::string::npos) folders.push_back(each);
  }
  std::sort(folders.begin(), folders.end());
  folders.erase(std::unique(folders.begin(), folders.end()), folders.end());
  for (const std::string& folder : folders) {
    if (folder.empty()) continue;
    if (IsMemoryFolder(folder, self)) {
      CollectIn(folder, self, store_id);
    } else if (IsMemoryFolder(folder, owner_)) {
      CollectIn(folder, owner_, store_id);
    }
  }
}

// Memory without a store's name belongs to a process that could not read its store yet.
void IntakeCopies::CollectIn(const std::string& folder, UserId owner, const std::string& store_id) {
  for (const std::string& path : FilesBeginningWith(folder + "/" + store_id + "-")) {
    Copy(path, owner, true);
  }
  for (const std::string& path : FilesBeginningWith(folder + "/-")) Copy(path, owner, false);
}

void IntakeCopies::Copy(const std::string& path, UserId owner, bool named) {
  IntakeCopy copy;
  copy.path = path;
  copy.file = std::make_unique<LeftMemory>();
  IntakeOrigin origin;
  if (!copy.file->OpenToLook(path, owner)) return;
  const bool known = PeekOrigin(*copy.file, &origin);
  if (known ? !MayTakeOver(origin, own_, SystemFiles()) : !named) return;
  if (!named && !(origin.file == own_.file)) return;
  // A process that dies in between is one that died before.
  copy.alive = copy.file->OwnerLives();
  if (!copy.file->Read(kMostFileBytes, &copy.bytes)) return;
  copy.page = ReadLiveStatus(copy.bytes, &copy.status);
  LeftOverIntake read(copy.bytes);
  copy.instance = read.instance();
  copy.delivered_rows = read.delivered_rows();
  all_.push_back(std::move(copy));
}

// An intake that has a position in the store is absorbed up to there, whatever the copy shows. One
// that has none was never absorbed, or it is over: then its records were freed, or erased.
bool IntakeCopies::Agree(const Positions& absorbed) const {
  for (const IntakeCopy& copy : all_) {
    if (copy.alive && copy.page == PageState::kBeingWritten) return false;
    std::string header;
    if (absorbed.count(copy.instance) != 0 || copy.bytes.size() < sizeof(Header)) continue;
    if (!copy.file->Read(sizeof(Header), &header) || header.size() != sizeof(Header) ||
        Head(header) != Head(copy.bytes)) {
      return false;
    }
  }
  return true;
}

}  // namespace embeddables
