#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "platform/clock.h"
#include "platform/shared_memory.h"
#include "platform/system_windows.h"

namespace embeddables {
namespace {

// The system has no file system in memory. A file with this attribute is kept in memory as long as
// there is enough of it, and a mapping never waits for its being written. Its folder has the boot's
// id in its name, so that nothing of it is found after the next start.
constexpr DWORD kKind = FILE_ATTRIBUTE_TEMPORARY | FILE_ATTRIBUTE_NOT_CONTENT_INDEXED;
constexpr char kFolder[] = "/embeddables-agent-memory-";
constexpr char kGone[] = ".gone";

bool EndsWith(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

std::string FolderIn(const std::string& folder) {
  const std::string boot = SystemClock().BootId();
  return boot.empty() || folder.empty() ? std::string() : folder + kFolder + boot;
}

// Removes the files, and the folders, of earlier boots: nobody has them open. Those that
// somebody has, in a session that has another id, stay.
void RemoveOlder(const std::string& folder) {
  const std::size_t boot = folder.rfind(kFolder);
  if (boot == std::string::npos) return;
  for (const std::string& each : FilesBeginningWith(folder.substr(0, boot) + kFolder)) {
    if (each == folder) continue;
    for (const std::string& file : FilesBeginningWith(each + "/")) {
      LeftMemory memory;
      if (memory.Open(file, ThisUser()) && memory.TakeOver()) memory.Remove();
    }
    RemoveDirectoryW(WidePath(each).c_str());
  }
}

bool IsWhole(const Handle& file, std::uint64_t* size) {
  FILE_STANDARD_INFO facts{};
  std::string error;
  if (IsNoFile(file, &error) ||
      GetFileInformationByHandleEx(HandleOf(file), FileStandardInfo, &facts, sizeof facts) == 0) {
    return false;
  }
  *size = static_cast<std::uint64_t>(facts.EndOfFile.QuadPart);
  return !facts.Directory && !facts.DeletePending && facts.NumberOfLinks == 1;
}

bool IsWhole(const Handle& file) {
  std::uint64_t size = 0;
  return IsWhole(file, &size);
}

}  // namespace

// The folders are the user's alone, so that nobody asks whose a file in them is.
UserId ThisUser() { return 1; }
std::uint64_t ThisProcess() { return GetCurrentProcessId(); }
UserId OwnerOf(const std::string&) { return ThisUser(); }
UserId MayActFor(const std::string&) { return ThisUser(); }

std::vector<std::string> MemoryFoldersOf(UserId) {
  const std::string profile = ProfileFolder();
  const std::string folder = FolderIn(profile.empty() ? profile : profile + "/AppData/Local");
  return folder.empty() ? std::vector<std::string>() : std::vector<std::string>{folder};
}

std::string MemoryFolderOfEnvironment() { return std::string(); }

std::string MemoryFolderWithin(const std::string& chosen) { return FolderIn(chosen); }

bool IsMemoryFolder(const std::string& folder, UserId) {
  const std::string boot = SystemClock().BootId();
  if (boot.empty() || !EndsWith(folder, kFolder + boot)) return false;
  const DWORD found = GetFileAttributesW(WidePath(folder).c_str());
  constexpr DWORD kLook = FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_REPARSE_POINT;
  return found != INVALID_FILE_ATTRIBUTES && (found & kLook) == FILE_ATTRIBUTE_DIRECTORY;
}

bool MakeMemoryFolder(const std::string& folder) {
  const std::string boot = SystemClock().BootId();
  if (boot.empty() || !EndsWith(folder, kFolder + boot) || IsNetworkFileSystem(folder))
    return false;
  if (MakeFolder(folder)) RemoveOlder(folder);
  return IsMemoryFolder(folder, ThisUser());
}

SharedMemory::~SharedMemory() {
  if (data_ != nullptr) UnmapViewOfFile(data_);
  Drop(&open_);
  if (!remove_as_.empty()) RemoveFile(remove_as_);
}

bool SharedMemory::Create(const std::string& path, std::size_t bytes, std::string* error) {
  Handle file = OpenFileAt(path, GENERIC_READ | GENERIC_WRITE | DELETE, CREATE_NEW, kKind);
  if (!file.ok()) {
    *error = SystemError(GetLastError());
    return false;
  }
  // Before it was locked, another process may have taken the empty file for a left-over one.
  FileId id;
  const bool ours = TakeOwnership(file) && FindFile(path, &id) == Presence::kThere && IsWhole(file);
  const int failed = ours ? Map(file, bytes) : static_cast<int>(ERROR_LOCK_VIOLATION);
  if (failed != 0) {
    *error = SystemError(static_cast<DWORD>(failed));
    Drop(&file);
    RemoveFile(path);
    return false;
  }
  open_ = file;
  path_ = path;
  file_ = id;
  return true;
}

// The system gives the file its size, and the clusters with it; zeros are written so that callers
// need not wait for pages.
int SharedMemory::Map(const Handle& file, std::size_t bytes) {
  const std::uint64_t size = bytes;
  const HANDLE section =
      CreateFileMappingW(HandleOf(file), nullptr, PAGE_READWRITE, static_cast<DWORD>(size >> 32),
                         static_cast<DWORD>(size), nullptr);
  if (section == nullptr) return static_cast<int>(GetLastError());
  void* mapped = MapViewOfFile(section, FILE_MAP_READ | FILE_MAP_WRITE, 0, 0, bytes);
  const DWORD failed = GetLastError();
  CloseHandle(section);  // the view keeps it
  if (mapped == nullptr) return static_cast<int>(failed);
  std::memset(mapped, 0, bytes);
  data_ = static_cast<char*>(mapped);
  size_ = bytes;
  return 0;
}

bool SharedMemory::Rename(const std::string& path) {
  std::string error;
  if (!RenameFile(path_, path, &error)) return false;
  path_ = path;
  return true;
}

bool SharedMemory::KeepsName() const {
  FileId now;
  switch (FindFile(path_, &now)) {
    case Presence::kThere:
      return now == file_;
    case Presence::kMissing:
      return false;
    case Presence::kUnknown:
      return true;
  }
  return true;
}

void SharedMemory::Remove() {
  if (path_.empty()) return;
  const std::string before = path_;
  remove_as_ = Rename(path_ + kGone) ? path_ : before;
  path_.clear();
}

LeftMemory::~LeftMemory() { Drop(&file_); }

bool LeftMemory::Open(const std::string& path, UserId owner) {
  return OpenFile(path, owner, static_cast<int>(FILE_GENERIC_READ | FILE_GENERIC_WRITE));
}

bool LeftMemory::OpenToLook(const std::string& path, UserId owner) {
  return OpenFile(path, owner, static_cast<int>(FILE_GENERIC_READ));
}

bool LeftMemory::OpenFile(const std::string& path, UserId owner, int how) {
  Handle file = OpenFileAt(path, static_cast<DWORD>(how), OPEN_EXISTING);
  if (!file.ok()) return false;
  if (!IsWhole(file)) {
    Drop(&file);
    return false;
  }
  Drop(&file_);
  file_ = file;
  owner_ = owner;
  path_ = path;
  return true;
}

bool LeftMemory::TakeOver() { return TakeOwnership(file_) && IsWhole(file_); }

bool LeftMemory::OwnerLives() const { return HasOwner(file_); }

bool LeftMemory::Read(std::size_t limit, std::string* bytes, std::size_t from) const {
  std::uint64_t all = 0;
  if (!IsWhole(file_, &all)) return false;
  bytes->resize(std::min(limit, static_cast<std::size_t>(all) - std::min<std::size_t>(all, from)));
  return ReadAll(file_, from, bytes->data(), bytes->size());
}

// The file may have reached the disk, where cutting it off erases nothing.
bool LeftMemory::Erase() {
  constexpr std::size_t kPiece = 4096;
  const char zeros[kPiece] = {};
  std::uint64_t size = 0;
  if (!IsWhole(file_, &size)) return false;
  for (std::uint64_t at = 0; at < size; at += kPiece) {
    const auto piece = static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, size - at));
    if (!WriteAll(file_, at, zeros, piece)) return false;
  }
  FILE_END_OF_FILE_INFO end{};
  return SetFileInformationByHandle(HandleOf(file_), FileEndOfFileInfo, &end, sizeof end) != 0;
}

// The name goes once nobody has the file open.
void LeftMemory::Remove() { RemoveFile(path_); }

}  // namespace embeddables
