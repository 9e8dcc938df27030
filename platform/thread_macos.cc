#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>

#include <cstddef>
#include <cstdint>

#include "platform/thread.h"
#include "platform/thread_posix.h"

namespace embeddables {

void NameThisThread(const char* name) { pthread_setname_np(name); }

bool TryJoin(pthread_t thread, bool ended) { return ended && pthread_join(thread, nullptr) == 0; }

// Thread-locals are on the heap.
std::size_t TakenOutOfStack() { return 0; }

// A thread inherits its creator's policy and priority, but neither a realtime constraint nor its
// processors, which nobody can choose.
const char* BecomeOrdinaryThread() {
  int policy = SCHED_OTHER;
  sched_param mine{};
  if (pthread_getschedparam(pthread_self(), &policy, &mine) != 0) return nullptr;
  sched_param ordinary{};
  ordinary.sched_priority =
      (sched_get_priority_min(SCHED_OTHER) + sched_get_priority_max(SCHED_OTHER)) / 2;
  if (policy == SCHED_OTHER && mine.sched_priority <= ordinary.sched_priority) return nullptr;
  return pthread_setschedparam(pthread_self(), SCHED_OTHER, &ordinary) == 0
             ? nullptr
             : "the ordinary scheduling class";
}

std::size_t CurrentThreadId() {
  std::uint64_t id = 0;
  pthread_threadid_np(nullptr, &id);
  return static_cast<std::size_t>(id);
}

}  // namespace embeddables
