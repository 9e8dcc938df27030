#include "platform/shared_memory_posix.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "platform/private_file_posix.h"
#include "platform/shared_memory.h"

namespace embeddables {
namespace {

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

SharedMemory::~SharedMemory() {
  if (data_ != nullptr) munmap(data_, size_);
  Drop(&open_);
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
  int failed = LockFile(file) && IsWhole(file, geteuid()) ? 0 : EAGAIN;
  struct stat facts {};
  if (failed == 0 && fstat(file, &facts) != 0) failed = errno;
  if (failed == 0) failed = TakeRoom(file, bytes);
  if (failed == 0) failed = Map(Handle(file), bytes);
  Handle opened(file);
  if (failed != 0 || kMappingKeepsLock) Drop(&opened);
  if (failed != 0) {
    *error = SystemError(failed);
    unlink(path.c_str());
    return false;
  }
  open_ = opened;
  path_ = path;
  file_ = IdOf(facts);
  return true;
}

int SharedMemory::Map(const Handle& file, std::size_t bytes) {
  constexpr int kAccess = PROT_READ | PROT_WRITE;
  void* mapped = mmap(nullptr, bytes, kAccess, MAP_SHARED, DescriptorOf(file), 0);
  if (mapped == MAP_FAILED) return errno;
  const int failed = KeepFromOthers(mapped, bytes);
  if (failed != 0) {
    munmap(mapped, bytes);
    return failed;
  }
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
  return file_ == IdOf(facts) && IsWhole(facts, facts.st_uid);
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
  return LockFile(file) && IsWhole(file, owner_);
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

bool LeftMemory::Erase() { return EraseFile(DescriptorOf(file_)); }

void LeftMemory::Remove() { unlink(path_.c_str()); }

}  // namespace embeddables
