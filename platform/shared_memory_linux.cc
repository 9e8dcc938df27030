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

#include "platform/process_registry.h"
#include "platform/shared_memory.h"

namespace embeddables {
namespace {

std::string SystemError(int error) {
  char buffer[128];
  return strerror_r(error, buffer, sizeof buffer);
}

bool IsPrivate(const struct stat& facts) {
  return facts.st_uid == geteuid() && (facts.st_mode & 077) == 0;
}

// A disk-backed mapping stalls its writers in write-back.
bool IsPrivateMemory(const std::string& folder) {
  const int file = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (file < 0) return false;
  struct stat facts {};
  struct statfs system {};
  const bool good = fstat(file, &facts) == 0 && IsPrivate(facts) && fstatfs(file, &system) == 0 &&
                    static_cast<unsigned long>(system.f_type) == TMPFS_MAGIC;
  close(file);
  return good;
}

void AddFolder(const std::string& folder, bool make, std::vector<std::string>* folders) {
  if (make && mkdir(folder.c_str(), 0700) == 0) chmod(folder.c_str(), 0700);
  if (IsPrivateMemory(folder)) folders->push_back(folder);
}

// An open-file-description lock, see process_lock_linux.cc. A mapping holds the description, and
// with it the lock, as well as a descriptor does: neither may live on in a forked child.
bool Lock(int file) {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return fcntl(file, F_OFD_SETLK, &lock) == 0;
}

// Without it a full file system is told by SIGBUS, at the first touch of a page.
int TakeRoom(int file, std::size_t bytes) {
  int failed = EINTR;
  while (failed == EINTR) failed = posix_fallocate(file, 0, static_cast<off_t>(bytes));
  return failed;
}

// With the lock held: is it a file that Create has made, and still has its name?
bool IsWhole(int file) {
  struct stat facts {};
  return fstat(file, &facts) == 0 && S_ISREG(facts.st_mode) && IsPrivate(facts) &&
         facts.st_nlink == 1;
}

void Drop(int* descriptor) {
  if (*descriptor < 0) return;
  KeepInForkedChild(*descriptor);
  close(*descriptor);
  *descriptor = -1;
}

}  // namespace

std::vector<std::string> SharedMemoryFolders(bool make) {
  std::vector<std::string> folders;
  const char* runtime = getenv("XDG_RUNTIME_DIR");  // NOLINT(concurrency-mt-unsafe)
  if (runtime != nullptr && runtime[0] == '/' && IsPrivateMemory(runtime)) {
    AddFolder(std::string(runtime) + "/embeddables", make, &folders);
  }
  // Anybody may have made it: then it is not private, and not used.
  AddFolder("/dev/shm/embeddables-" + std::to_string(geteuid()), make, &folders);
  return folders;
}

SharedMemory::~SharedMemory() {
  if (data_ != nullptr) munmap(data_, size_);
}

bool SharedMemory::Create(const std::string& path, std::size_t bytes, std::string* error) {
  rlimit limit{};
  // Past it the system sends SIGXFSZ, which ends most programs.
  if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur < bytes) {
    *error = "the process's limit on the size of files";
    return false;
  }
  int file = open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file < 0) {
    *error = SystemError(errno);
    return false;
  }
  CloseInForkedChild(file);
  fchmod(file, 0600);  // whatever the host's umask takes away
  // Before the lock another process may have taken the empty file for one that was left.
  int failed = Lock(file) && IsWhole(file) ? 0 : EAGAIN;
  if (failed == 0) failed = TakeRoom(file, bytes);
  if (failed == 0) failed = Map(file, bytes);
  // The mapping keeps the lock: no descriptor stays open.
  Drop(&file);
  if (failed != 0) {
    *error = SystemError(failed);
    unlink(path.c_str());
    return false;
  }
  path_ = path;
  return true;
}

int SharedMemory::Map(int file, std::size_t bytes) {
  void* mapped = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
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

void SharedMemory::Remove() {
  if (!path_.empty()) unlink(path_.c_str());
  path_.clear();
}

LeftMemory::~LeftMemory() { Drop(&descriptor_); }

bool LeftMemory::TakeOver(const std::string& path) {
  const int file = open(path.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return false;
  if (!Lock(file) || !IsWhole(file)) {
    close(file);
    return false;
  }
  CloseInForkedChild(file);
  Drop(&descriptor_);
  descriptor_ = file;
  path_ = path;
  return true;
}

// Not mapped: a page that is missing in a file of somebody's making would be told by SIGBUS.
bool LeftMemory::Read(std::size_t limit, std::string* bytes) const {
  struct stat facts {};
  if (fstat(descriptor_, &facts) != 0) return false;
  bytes->resize(std::min(limit, static_cast<std::size_t>(facts.st_size)));
  for (std::size_t done = 0; done < bytes->size();) {
    const ssize_t size =
        pread(descriptor_, bytes->data() + done, bytes->size() - done, static_cast<off_t>(done));
    if (size <= 0) return false;
    done += static_cast<std::size_t>(size);
  }
  return true;
}

// The pages go back to the system, which zeroes them before anybody sees them.
bool LeftMemory::Erase() { return ftruncate(descriptor_, 0) == 0; }

void LeftMemory::Remove() { unlink(path_.c_str()); }

}  // namespace embeddables
