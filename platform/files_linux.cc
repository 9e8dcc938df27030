#include <fcntl.h>
#include <unistd.h>

#include "platform/files.h"

namespace embeddables {
namespace {

// A change of names lasts once the folder is synced. File systems that cannot sync a folder refuse,
// and the change stays what it is: one that a power cut may undo.
void SyncFolderOf(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const int opened = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (opened < 0) return;
  fsync(opened);
  close(opened);
}

class LinuxFiles final : public FileSystem {
 public:
  bool MakeParentDirectory(const std::string& file, std::string* error) const override {
    return embeddables::MakeParentDirectory(file, error);
  }
  bool MakePrivateFile(const std::string& file, std::string* error) const override {
    return embeddables::MakePrivateFile(file, error);
  }
  Privacy KeepOthersOut(const std::string& file) const override {
    return embeddables::KeepOthersOut(file);
  }
  Presence Find(const std::string& path, FileFacts* facts) const override {
    return FindFile(path, &facts->id, &facts->size);
  }
  bool List(const std::string& prefix, std::vector<std::string>* found) const override {
    return ListFiles(prefix, found);
  }
  bool Rename(const std::string& from, const std::string& to, std::string* error) const override {
    if (!RenameFile(from, to, error)) return false;
    SyncFolderOf(to);
    return true;
  }
  bool Remove(const std::string& path) const override {
    FileId id;
    if (FindFile(path, &id) == Presence::kMissing) return true;
    if (!RemoveFile(path)) return false;
    SyncFolderOf(path);
    return true;
  }
  bool BeginsWith(const std::string& path, const std::string& bytes) const override {
    return embeddables::BeginsWith(path, bytes);
  }
  bool OverwriteStart(const std::string& path, const std::string& bytes) const override {
    return embeddables::OverwriteStart(path, bytes);
  }
  std::uint64_t FreeBytes(const std::string& path) const override {
    return embeddables::FreeBytes(path);
  }
  bool IsNetworkFileSystem(const std::string& path) const override {
    return embeddables::IsNetworkFileSystem(path);
  }
};

}  // namespace

const FileSystem& SystemFiles() {
  static constexpr LinuxFiles files;
  return files;
}

}  // namespace embeddables
