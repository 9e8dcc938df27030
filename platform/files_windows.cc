#include <cstddef>
#include <cstdint>
#include <string>

#include "platform/path_files.h"
#include "platform/system_windows.h"

namespace embeddables {
namespace {

// The system documents that to flush a file writes its metadata, too. For the folder, which the
// change of a name concerns, nothing is documented: NTFS writes its log up to the change. If a
// folder cannot be flushed, a power cut may undo the change.
void Flush(const std::string& path, DWORD access) {
  Handle opened = OpenFileAt(path, access, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS);
  if (opened.ok()) FlushFileBuffers(HandleOf(opened));
  Drop(&opened);
}

void FlushFolderOf(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  Flush(slash == std::string::npos ? "." : path.substr(0, slash + 1), GENERIC_WRITE);
}

// The clusters are the file's once its end is set, unless the volume compresses it.
bool TakeRoom(const Handle& file, std::uint64_t bytes) {
  FILE_STANDARD_INFO facts{};
  if (GetFileInformationByHandleEx(HandleOf(file), FileStandardInfo, &facts, sizeof facts) == 0 ||
      facts.Directory || facts.NumberOfLinks != 1) {
    return false;
  }
  if (static_cast<std::uint64_t>(facts.AllocationSize.QuadPart) >= bytes) return true;
  FILE_ALLOCATION_INFO room{};
  room.AllocationSize.QuadPart = static_cast<LONGLONG>(bytes);
  FILE_END_OF_FILE_INFO end{};
  end.EndOfFile = room.AllocationSize;
  // Not every file system knows the first, and the second fails as well if there is no room.
  SetFileInformationByHandle(HandleOf(file), FileAllocationInfo, &room, sizeof room);
  return SetFileInformationByHandle(HandleOf(file), FileEndOfFileInfo, &end, sizeof end) != 0;
}

class WindowsFiles final : public PathFiles {
 public:
  bool Rename(const std::string& from, const std::string& to, std::string* error) const override {
    if (!RenameFile(from, to, error)) return false;
    Flush(to, GENERIC_WRITE);
    FlushFolderOf(to);
    return true;
  }
  bool Remove(const std::string& path) const override {
    FileId id;
    if (FindFile(path, &id) == Presence::kMissing) return true;
    if (!RemoveFile(path)) return false;
    FlushFolderOf(path);
    return true;
  }
  bool Reserve(const std::string& path, std::uint64_t bytes, const std::string&) const override {
    Handle file = OpenFileAt(path, GENERIC_READ | GENERIC_WRITE, OPEN_ALWAYS);
    if (!file.ok()) return false;
    const bool made = GetLastError() != ERROR_ALREADY_EXISTS;
    std::string error;
    const bool ours = !IsNoFile(file, &error);
    const bool held = ours && TakeRoom(file, bytes);
    Drop(&file);
    if (!held && (ours || made)) RemoveFile(path);
    return held;
  }
};

}  // namespace

const FileSystem& SystemFiles() {
  static constexpr WindowsFiles files;
  return files;
}

}  // namespace embeddables
