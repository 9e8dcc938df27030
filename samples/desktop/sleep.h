// Tells when the computer is about to sleep, and when it has woken up. Made on the thread of the
// windows, and called there. CMake chooses the file behind it; without a system that tells, neither
// is called, and the agent notices the gap by itself.

#ifndef EMBEDDABLES_SAMPLES_DESKTOP_SLEEP_H_
#define EMBEDDABLES_SAMPLES_DESKTOP_SLEEP_H_

#include <functional>
#include <memory>

namespace desktop {

class SleepWatch {
 public:
  virtual ~SleepWatch() = default;
  // The system waits until on_sleep has returned, some seconds at most.
  static std::unique_ptr<SleepWatch> Make(std::function<void()> on_sleep,
                                          std::function<void()> on_wake);
};

}  // namespace desktop

#endif  // EMBEDDABLES_SAMPLES_DESKTOP_SLEEP_H_
