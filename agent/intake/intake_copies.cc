#include "agent/intake/intake_copies.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <thread>
#include <utility>

#include "agent/intake/intake_layout.h"
#include "platform/paths.h"

namespace embeddables {

using intake::Header;

namespace {

// The largest intake that Start allows.
constexpr std::uint64_t kMostUnits = (std::uint64_t{256} << 20) / intake::kUnitBytes;
// The files may be anybody's, and look larger than the memory of the device.
constexpr std::size_t kMostBytes = std::size_t{512} << 20;
constexpr std::size_t kMostCopies = 256;
// A page is written in microseconds, unless its process was stopped or died meanwhile.
constexpr int kPageTries = 5;
constexpr auto kBetweenTries = std::chrono::milliseconds(1);

// The bytes of an intake with this header, to the end of its status page. If the rest cannot be
// understood, those of the header.
std::size_t BytesOf(const std::string& header) {
  std::uint64_t units = 0;
  if (LeftOverIntake(header).state() == LeftOverIntake::State::kUnknown) return header.size();
  std::memcpy(&units, header.data() + offsetof(Header, units), sizeof units);
  if (units > kMostUnits) return header.size();
  return sizeof(Header) + intake::BytesOfUnits(units) + sizeof(intake::DeliveredRows) +
         sizeof(intake::Origins) + sizeof(intake::StatusPage);
}

}  // namespace

IntakeCopies::IntakeCopies(const std::string& store) : owner_(OwnerOf(store)) {
  own_.path = store;
  FindFile(store, &own_.file);
  own_.paths = NamespaceOfPaths();
}

bool IntakeCopies::SeesAll() const {
  if (too_many_) return false;
  return owner_ == ThisUser() || MayActFor(own_.path) == owner_;
}

void IntakeCopies::Collect(const std::string& store_id, const std::vector<std::string>& places) {
  all_.clear();
  room_ = kMostBytes;
  too_many_ = false;
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

void IntakeCopies::CollectIn(const std::string& folder, UserId owner, const std::string& store_id) {
  for (const bool named : {true, false}) {
    std::string beginning = folder;
    beginning.append("/").append(named ? store_id : std::string()).append("-");
    for (const std::string& path : FilesBeginningWith(beginning)) Copy(path, owner, named);
  }
}

void IntakeCopies::Copy(const std::string& path, UserId owner, bool named) {
  IntakeCopy copy;
  copy.path = path;
  copy.file = std::make_unique<LeftMemory>();
  if (!copy.file->OpenToLook(path, owner)) return;
  if (!MayTakeOver(*copy.file, named, own_, SystemFiles())) return;
  // A process that dies in between is one that died before.
  copy.alive = copy.file->OwnerLives();
  if (Read(&copy)) all_.push_back(std::move(copy));
}

// A page that is never whole is none.
bool IntakeCopies::Read(IntakeCopy* copy) {
  std::string bytes;
  if (!copy->file->Read(sizeof(Header), &bytes) || bytes.size() != sizeof(Header) ||
      LeftOverIntake(bytes).state() == LeftOverIntake::State::kEmpty) {
    return false;
  }
  const std::size_t size = BytesOf(bytes);
  too_many_ = too_many_ || size > room_ || all_.size() == kMostCopies;
  if (too_many_ || !copy->file->Read(size, &bytes)) return false;
  room_ -= size;
  copy->page = ReadLiveStatus(bytes, &copy->status);
  for (int i = 0; copy->alive && copy->page == PageState::kBeingWritten && i < kPageTries; ++i) {
    std::this_thread::sleep_for(kBetweenTries);
    std::string page;
    const std::size_t at = size - sizeof(intake::StatusPage);
    if (!copy->file->Read(sizeof(intake::StatusPage), &page, at)) return false;
    bytes.replace(at, std::string::npos, page);
    copy->page = ReadLiveStatus(bytes, &copy->status);
  }
  copy->records = LeftOverIntake(std::move(bytes));
  return true;
}

// An intake that has a position in the store is absorbed up to there, whatever the copy shows. One
// that has none was never absorbed, or it is over: then its records were freed, or erased.
bool IntakeCopies::Agree(const Positions& absorbed) const {
  for (const IntakeCopy& copy : all_) {
    std::string header;
    if (absorbed.count(copy.records.instance()) != 0) continue;
    if (!copy.file->Read(sizeof(Header), &header) || header.size() != sizeof(Header) ||
        LeftOverIntake(header).position() != copy.records.position()) {
      return false;
    }
  }
  return true;
}

}  // namespace embeddables
