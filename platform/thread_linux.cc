#include <errno.h>
#include <link.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>

#include "platform/thread.h"
#include "platform/thread_posix.h"

namespace embeddables {
namespace {

int AddThreadLocals(dl_phdr_info* module, std::size_t, void* sum) {
  for (int i = 0; i < module->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = module->dlpi_phdr[i];
    if (segment.p_type == PT_TLS) {
      *static_cast<std::size_t*>(sum) += segment.p_memsz + segment.p_align;
    }
  }
  return 0;
}

// Uses system calls, because musl's functions for these always fail.
int ClassOf(pid_t thread) {
  constexpr long kResetOnFork = 0x40000000;
  const long found = syscall(SYS_sched_getscheduler, thread);
  return found < 0 ? SCHED_OTHER : static_cast<int>(found & ~kResetOnFork);
}

// A whole process may have been put into the batch or idle class; its thread stays there.
bool ChooseClass(pid_t first) {
  const int mine = ClassOf(0);
  const bool behind = mine == SCHED_BATCH || mine == SCHED_IDLE;
  if (mine == SCHED_OTHER || (behind && mine == ClassOf(first))) return true;
  const sched_param none{};
  return syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &none) == 0;
}

bool ChooseNice(pid_t first) {
  errno = 0;
  const int mine = getpriority(PRIO_PROCESS, 0);
  const int least = getpriority(PRIO_PROCESS, static_cast<id_t>(first));
  return errno != 0 || mine >= least || setpriority(PRIO_PROCESS, 0, least) == 0;
}

bool ChooseProcessors(pid_t first) {
  constexpr std::size_t kRoom = 1024;  // room for 8,192 processors
  alignas(unsigned long) char mine[kRoom] = {}, wanted[kRoom] = {};
  const long size = syscall(SYS_sched_getaffinity, first, kRoom, wanted);
  if (size < 0 || syscall(SYS_sched_getaffinity, 0, kRoom, mine) < 0) return true;
  return memcmp(mine, wanted, kRoom) == 0 || syscall(SYS_sched_setaffinity, 0, size, wanted) == 0;
}

}  // namespace

void NameThisThread(const char* name) { pthread_setname_np(pthread_self(), name); }

#ifdef __ANDROID__
bool TryJoin(pthread_t thread, bool ended) { return ended && pthread_join(thread, nullptr) == 0; }
#else
bool TryJoin(pthread_t thread, bool) { return pthread_tryjoin_np(thread, nullptr) == 0; }
#endif

// The C library takes this much out of each thread's stack: for the thread-locals of the program
// and of the libraries that it was started with, and some of its own. Those of libraries that were
// loaded later are counted, too: they cannot be told apart, and untouched pages cost only address
// space.
std::size_t TakenOutOfStack() {
  constexpr std::size_t kItsOwn = 8 * 1024;
  std::size_t bytes = kItsOwn;
  dl_iterate_phdr(AddThreadLocals, &bytes);
  return bytes;
}

const char* BecomeOrdinaryThread() {
  const pid_t first = getpid();
  const bool ordinary = ChooseClass(first);
  const bool nice = ChooseNice(first);
  const bool processors = ChooseProcessors(first);
  if (!ordinary) return "the ordinary scheduling class";
  if (!nice) return "the nice value of the process";
  return processors ? nullptr : "the processors of the process";
}

std::size_t CurrentThreadId() { return static_cast<std::size_t>(syscall(SYS_gettid)); }

}  // namespace embeddables
