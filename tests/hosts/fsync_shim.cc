// Preloaded into a host: a disk that counts its syncs, is slow, and can get stuck.
//
//   EMBEDDABLES_FSYNC_LOG    grows by one byte a sync
//   EMBEDDABLES_FSYNC_TAKES  so many milliseconds go before each sync
//   EMBEDDABLES_FSYNC_STUCK  while this file exists, a sync does not return

#include <fcntl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cstdlib>

namespace {

void BeforeSync() {
  const char* log = getenv("EMBEDDABLES_FSYNC_LOG");
  if (log != nullptr) {
    const int file = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (write(file, "s", 1) != 1) abort();
    close(file);
  }
  const char* takes = getenv("EMBEDDABLES_FSYNC_TAKES");
  if (takes != nullptr) {
    const long milliseconds = strtol(takes, nullptr, 10);
    const timespec slow{milliseconds / 1000, milliseconds % 1000 * 1'000'000};
    nanosleep(&slow, nullptr);
  }
  const char* stuck = getenv("EMBEDDABLES_FSYNC_STUCK");
  const timespec pause{0, 5'000'000};
  while (stuck != nullptr && access(stuck, F_OK) == 0) nanosleep(&pause, nullptr);
}

}  // namespace

extern "C" __attribute__((visibility("default"))) int fsync(int file) {
  BeforeSync();
  return static_cast<int>(syscall(SYS_fsync, file));
}

extern "C" __attribute__((visibility("default"))) int fdatasync(int file) {
  BeforeSync();
  return static_cast<int>(syscall(SYS_fdatasync, file));
}
