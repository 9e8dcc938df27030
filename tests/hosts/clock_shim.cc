// Preloaded into a host: clocks that the test sets.
//
//   EMBEDDABLES_CLOCK       a file of two int64, milliseconds: added to the wall clock, and to the
//                           boot clock (time that the device has slept)
//   EMBEDDABLES_CLOCK_BELL  a FIFO: a byte written to it tells timerfd_create(2)'s listeners on the
//                           wall clock that it was set

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>

#define EXPORTED extern "C" __attribute__((visibility("default")))

namespace {

std::atomic<int> bell{-1};

const volatile std::int64_t* Shifts() {
  static const volatile std::int64_t* shifts = [] {
    const int file = open(getenv("EMBEDDABLES_CLOCK"), O_RDONLY | O_CLOEXEC);
    void* mapped = mmap(nullptr, 16, PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (mapped == MAP_FAILED) abort();
    return static_cast<const volatile std::int64_t*>(mapped);
  }();
  return shifts;
}

void Add(std::int64_t ms, timespec* time) {
  std::int64_t nanoseconds = time->tv_nsec + ms % 1'000 * 1'000'000;
  time->tv_sec += ms / 1'000;
  if (nanoseconds >= 1'000'000'000) {
    nanoseconds -= 1'000'000'000;
    ++time->tv_sec;
  } else if (nanoseconds < 0) {
    nanoseconds += 1'000'000'000;
    --time->tv_sec;
  }
  time->tv_nsec = nanoseconds;
}

}  // namespace

EXPORTED int clock_gettime(clockid_t clock, timespec* now) noexcept {
  const long failed = syscall(SYS_clock_gettime, clock, now);
  if (failed != 0) return -1;
  if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) Add(Shifts()[0], now);
  if (clock == CLOCK_BOOTTIME) Add(Shifts()[1], now);
  return 0;
}

EXPORTED time_t time(time_t* out) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (out != nullptr) *out = now.tv_sec;
  return now.tv_sec;
}

EXPORTED int gettimeofday(timeval* out, void*) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  out->tv_sec = now.tv_sec;
  out->tv_usec = now.tv_nsec / 1'000;
  return 0;
}

EXPORTED int timerfd_create(int clock, int flags) noexcept {
  const char* path = getenv("EMBEDDABLES_CLOCK_BELL");
  if (clock != CLOCK_REALTIME || path == nullptr) {
    return static_cast<int>(syscall(SYS_timerfd_create, clock, flags));
  }
  bell = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
  return bell;
}

EXPORTED int timerfd_settime(int timer, int flags, const itimerspec* next,
                             itimerspec* before) noexcept {
  if (timer == bell) {
    if ((flags & TFD_TIMER_CANCEL_ON_SET) == 0) abort();
    return 0;
  }
  return static_cast<int>(syscall(SYS_timerfd_settime, timer, flags, next, before));
}

EXPORTED ssize_t read(int file, void* buffer, size_t size) {
  const ssize_t got = syscall(SYS_read, file, buffer, size);
  if (file < 0 || file != bell || got <= 0) return got;
  errno = ECANCELED;
  return -1;
}
