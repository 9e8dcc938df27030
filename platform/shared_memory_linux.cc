#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "platform/private_file_linux.h"
#include "platform/shared_memory.h"

namespace embeddables {
namespace {

bool IsPrivate(const struct stat& facts, UserId owner) {
  return facts.st_uid == owner && (facts.st_mode & 077) == 0;
}

// A disk-backed mapping stalls its writers during write-back.
bool IsMemory(const std::string& folder, struct stat* facts) {
  const int file = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (file < 0) return false;
  struct statfs system {};
  const bool memory = fstat(file, facts) == 0 && fstatfs(file, &system) == 0 &&
                      static_cast<unsigned long>(system.f_type) == TMPFS_MAGIC;
  close(file);
  return memory;
}

bool IsPrivateMemory(const std::string& folder) {
  struct stat facts {};
  return IsMemory(folder, &facts) && IsPrivate(facts, geteuid());
}

// An open-file-description lock, see process_lock_linux.cc. A mapping keeps the description, and so
// the lock, just as a descriptor does: neither may live on in a forked child.
bool Lock(int file) {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return fcntl(file, F_OFD_SETLK, &lock) == 0;
}

// Without this, a full file system raises SIGBUS at the first touch of a page.
int TakeRoom(int file, std::size_t bytes) {
  int failed = EINTR;
  while (failed == EINTR) failed = posix_fallocate(file, 0, static_cast<off_t>(bytes));
  return failed;
}

// Did Create make this file, and does it still have its name? With the lock held the answer is
// final.
bool IsWhole(const struct stat& facts, UserId owner) {
  return S_ISREG(facts.st_mode) && IsPrivate(facts, owner) && facts.st_nlink == 1;
}

bool IsWhole(int file, UserId owner) {
  struct stat facts {};
  return fstat(file, &facts) == 0 && IsWhole(facts, owner);
}

}  // namespace

UserId ThisUser() { return geteuid(); }

std::uint64_t ThisProcess() { return static_cast<std::uint64_t>(getpid()); }

UserId OwnerOf(const std::string& file) {
  struct stat facts {};
  return lstat(file.c_str(), &facts) == 0 ? facts.st_uid : ThisUser();
}

UserId MayActFor(const std::string& store) { return geteuid() == 0 ? OwnerOf(store) : ThisUser(); }

// Files in /dev/shm outlive the user's sessions, unless RemoveIPC= in logind.conf(5) says
// otherwise; those in /run/user never do. Anybody may have made the folder in /dev/shm: then it is
// not private, and not used.
std::vector<std::string> MemoryFoldersOf(UserId user) {
  const std::string number = std::to_string(user);
  return {"/dev/shm/embeddables-" + number, "/run/user/" + number + "/embeddables"};
}

std::string MemoryFolderOfEnvironment() {
  const char* runtime = getenv("XDG_RUNTIME_DIR");  // NOLINT(concurrency-mt-unsafe)
  // It may be named by a link: systemd makes one of RuntimeDirectory= with DynamicUser=.
  const bool good =
      runtime != nullptr && runtime[0] == '/' && IsPrivateMemory(std::string(runtime) + "/.");
  return good ? std::string(runtime) + "/embeddables" : std::string();
}

std::string MemoryFolderWithin(const std::string& chosen) {
  return chosen + "/embeddables-" + std::to_string(geteuid());
}

bool IsMemoryFolder(const std::string& folder, UserId owner) {
  struct stat facts {};
  return IsMemory(folder, &facts) && facts.st_uid == owner;
}

bool MakeMemoryFolder(const std::string& folder) {
  const bool made = mkdir(folder.c_str(), 0700) == 0;
  if (made) chmod(folder.c_str(), 0700);  // regardless of the host's umask
  if (IsPrivateMemory(folder)) return true;
  if (made) rmdir(folder.c_str());
  return false;
}

SharedMemory::~SharedMemory() {
  if (data_ != nullptr) munmap(data_, size_);
}

bool SharedMemory::Create(const std::string& path, std::size_t bytes, std::string* error) {
  rlimit limit{};
  // Beyond the limit the system sends SIGXFSZ, which ends most programs.
  if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur < bytes) {
    *error = "the process's limit on the size of files";
    return false;
  }
  const int file =
      KeepOffStreams(open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (file < 0) {
    *error = SystemError(errno);
    return false;
  }
  CloseInForkedChild(file);
  fchmod(file, 0600);  // regardless of the host's umask
  // Before it was locked, another process may have taken the empty file for a left-over one.
  int failed = Lock(file) && IsWhole(file, geteuid()) ? 0 : EAGAIN;
  struct stat facts {};
  if (failed == 0 && fstat(file, &facts) != 0) failed = errno;
  if (failed == 0) failed = TakeRoom(file, bytes);
  if (failed == 0) failed = Map(Handle(file), bytes);
  // The mapping keeps the lock: no descriptor stays open.
  KeepInForkedChild(file);
  close(file);
  if (failed != 0) {
    *error = SystemError(failed);
    unlink(path.c_str());
    return false;
  }
  path_ = path;
  file_ = {facts.st_dev, facts.st_ino};
  return true;
}

int SharedMemory::Map(const Handle& file, std::size_t bytes) {
  constexpr int kAccess = PROT_READ | PROT_WRITE;
  void* mapped = mmap(nullptr, bytes, kAccess, MAP_SHARED, DescriptorOf(file), 0);
  if (mapped == MAP_FAILED) return errno;
  if (madvise(mapped, bytes, MADV_DONTFORK) != 0) {
    const int failed = errno;
    munmap(mapped, bytes);
    return failed;
  }
  madvise(mapped, bytes, MADV_DONTDUMP);
  memset(mapped, 0, bytes);  // so that callers need not wait for pages
  data_ = static_cast<char*>(mapped);
  size_ = bytes;
  return 0;
}

bool SharedMemory::Rename(const std::string& path) {
  if (rename(path_.c_str(), path.c_str()) != 0) return false;
  path_ = path;
  return true;
}

bool SharedMemory::KeepsName() const {
  struct stat facts {};
  if (lstat(path_.c_str(), &facts) != 0) return errno != ENOENT && errno != ENOTDIR;
  // The owner stays the same when the process changes its user.
  return file_ == FileId{facts.st_dev, facts.st_ino} && IsWhole(facts, facts.st_uid);
}

void SharedMemory::Remove() {
  if (!path_.empty()) unlink(path_.c_str());
  path_.clear();
}

LeftMemory::~LeftMemory() { Drop(&file_); }

bool LeftMemory::Open(const std::string& path, UserId owner) {
  return OpenFile(path, owner, O_RDWR);
}

bool LeftMemory::OpenToLook(const std::string& path, UserId owner) {
  return OpenFile(path, owner, O_RDONLY);
}

bool LeftMemory::OpenFile(const std::string& path, UserId owner, int how) {
  const int file = KeepOffStreams(open(path.c_str(), how | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  if (file < 0) return false;
  if (!IsWhole(file, owner)) {
    close(file);
    return false;
  }
  CloseInForkedChild(file);
  Drop(&file_);
  file_ = Handle(file);
  owner_ = owner;
  path_ = path;
  return true;
}

bool LeftMemory::TakeOver() {
  const int file = DescriptorOf(file_);
  return Lock(file) && IsWhole(file, owner_);
}

bool LeftMemory::OwnerLives() const { return IsLocked(DescriptorOf(file_)); }

// The file is read, not mapped: a missing page in a file that somebody else made would raise
// SIGBUS.
bool LeftMemory::Read(std::size_t limit, std::string* bytes, std::size_t from) const {
  const int file = DescriptorOf(file_);
  struct stat facts {};
  if (fstat(file, &facts) != 0) return false;
  const std::size_t all = static_cast<std::size_t>(facts.st_size);
  bytes->resize(std::min(limit, all - std::min(all, from)));
  for (std::size_t done = 0; done < bytes->size();) {
    const ssize_t size =
        pread(file, bytes->data() + done, bytes->size() - done, static_cast<off_t>(from + done));
    if (size <= 0) return false;
    done += static_cast<std::size_t>(size);
  }
  return true;
}

// The pages go back to the system, which zeroes them before anybody can see them.
bool LeftMemory::Erase() { return ftruncate(DescriptorOf(file_), 0) == 0; }

void LeftMemory::Remove() { unlink(path_.c_str()); }

}  // namespace embeddables
