#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <limits>

#include "platform/clock_watch.h"
#include "platform/private_file_posix.h"

namespace embeddables {

// A timer on the wall clock that never fires, but is cancelled whenever that clock jumps against
// the monotonic one: when it is set, and when the device wakes up (timerfd_create(2)).
ClockWatch::ClockWatch()
    : waitable_(KeepOffStreams(timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC))) {
  if (waitable_.ok()) Arm();
}

ClockWatch::~ClockWatch() { Drop(&waitable_); }

void ClockWatch::Arm() {
  itimerspec never{};
  // The largest time that the kernel accepts (KTIME_SEC_MAX) and that has room: on some 32-bit
  // systems that is in 2038.
  constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max() / 1'000'000'000;
  never.it_value.tv_sec =
      static_cast<time_t>(std::min<std::int64_t>(kLast, std::numeric_limits<time_t>::max()));
  timerfd_settime(DescriptorOf(waitable_), TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never,
                  nullptr);
}

void ClockWatch::Clear() {
  if (!waitable_.ok()) return;
  std::uint64_t expirations = 0;
  const ssize_t got = read(DescriptorOf(waitable_), &expirations, sizeof expirations);
  if (got >= 0 || errno == ECANCELED) Arm();
}

}  // namespace embeddables
