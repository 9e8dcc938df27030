#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <ctime>

#include "samples/cli/try_now.h"

namespace cli {
namespace {

constexpr std::int64_t kGapSeconds = 60;

std::string SystemError() {
  return std::strerror(errno);  // NOLINT(concurrency-mt-unsafe): the main thread alone
}

// Looks at the file's time and sets it while the file is locked: of two processes that ask at once,
// one is told no.
bool Take(int file, std::string* why) {
  struct stat facts {};
  if (flock(file, LOCK_EX) != 0 || fstat(file, &facts) != 0) {
    *why = SystemError();
    return false;
  }
  const std::int64_t ago = std::time(nullptr) - facts.st_mtim.tv_sec;
  if (ago >= 0 && ago < kGapSeconds) {
    *why = "that was done " + std::to_string(ago) + " s ago, and once a minute is allowed";
    return false;
  }
  if (futimens(file, nullptr) == 0) return true;
  *why = SystemError();
  return false;
}

// What root makes belongs to the store's owner, who asks next time. The file was just made here.
bool GiveToOwnerOf(const std::string& store, int file) {
  struct stat owner {};
  if (geteuid() != 0 || stat(store.c_str(), &owner) != 0) return true;
  return fchown(file, owner.st_uid, owner.st_gid) == 0;
}

}  // namespace

bool MayTryNow(const std::string& store, std::string* why) {
  if (store.empty()) {
    *why = "there is no store's file to remember it by";
    return false;
  }
  const std::string path = store + ".now";
  constexpr int kFlags = O_RDWR | O_CLOEXEC | O_NOFOLLOW;
  int file = open(path.c_str(), kFlags | O_CREAT | O_EXCL, 0600);
  bool may = file >= 0;  // whoever makes it is the first
  if (may && !GiveToOwnerOf(store, file)) {
    *why = path + ": " + SystemError();
    unlink(path.c_str());
    may = false;
  }
  if (file < 0 && errno == EEXIST) {
    file = open(path.c_str(), kFlags);
    may = file >= 0 && Take(file, why);
  }
  if (file < 0) *why = path + ": " + SystemError();
  if (file >= 0) close(file);
  return may;
}

}  // namespace cli
