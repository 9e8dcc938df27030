#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "platform/path_files.h"
#include "platform/private_file_posix.h"

namespace embeddables {
namespace {

// A change of names is durable once the folder is synced. File systems that cannot sync a folder
// fail, and then a power cut may undo the change.
void SyncFolderOf(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const int opened = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (opened < 0) return;
  SyncFile(opened);
  close(opened);
}

// For file systems that cannot be asked for blocks; some of them compress data (UBIFS), so that
// zeros would take none.
bool WriteNoise(int file, std::uint64_t bytes) {
  std::uint64_t noise[512] = {};
  std::uint64_t state = 0x9e3779b97f4a7c15;
  for (std::uint64_t at = 0; at < bytes; at += sizeof noise) {
    for (std::uint64_t& word : noise) {
      state ^= state << 13;
      state ^= state >> 7;
      state ^= state << 17;
      word = state;
    }
    if (pwrite(file, noise, sizeof noise, static_cast<off_t>(at)) != sizeof noise) return false;
  }
  return true;
}

bool FillBlocks(int file, std::uint64_t bytes) {
  const int failed = TakeBlocks(file, static_cast<std::size_t>(bytes));
  return failed == 0 || ((failed == EOPNOTSUPP || failed == ENOSYS) && WriteNoise(file, bytes));
}

// Beyond the limit the system sends SIGXFSZ, which ends most programs.
bool SizeIsAllowed(std::uint64_t bytes) {
  rlimit limit{};
  return getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur >= bytes;
}

bool HoldBlocks(const std::string& path, std::uint64_t bytes, const std::string& like) {
  const int file = KeepOffStreams(
      open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600));
  if (file < 0) return false;
  struct stat facts {
  }, owner{};
  const bool ours = fstat(file, &facts) == 0 && S_ISREG(facts.st_mode) && facts.st_nlink == 1;
  bool held = ours && static_cast<std::uint64_t>(facts.st_blocks) * 512 >= bytes;
  if (ours && !held) {
    held = FillBlocks(file, bytes);
    if (!held) unlink(path.c_str());
    // Somebody ran the program with sudo: a user who may not remove the file could not use it.
    if (geteuid() == 0 && stat(like.c_str(), &owner) == 0 &&
        fchown(file, owner.st_uid, owner.st_gid) != 0) {
      held = false;
    }
  }
  close(file);
  return held;
}

class PosixFiles final : public PathFiles {
 public:
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
  bool Reserve(const std::string& file, std::uint64_t bytes,
               const std::string& like) const override {
    return SizeIsAllowed(bytes) && HoldBlocks(file, bytes, like);
  }
};

}  // namespace

const FileSystem& SystemFiles() {
  static constexpr PosixFiles files;
  return files;
}

}  // namespace embeddables
