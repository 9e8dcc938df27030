#include <errno.h>
#include <fenv.h>
#include <limits.h>
#include <link.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <new>

#include "platform/page_linux.h"
#include "platform/thread.h"

namespace embeddables {
namespace {

struct Begin {
  const char* name;
  void (*run)(void*);
  void* argument;
};

void* Enter(void* raw) {
  auto* begin = static_cast<Begin*>(raw);
  const Begin copy = *begin;
  delete begin;
  sigset_t crashes;
  sigemptyset(&crashes);
  for (const int crash : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT}) {
    sigaddset(&crashes, crash);
  }
  pthread_sigmask(SIG_UNBLOCK, &crashes, nullptr);
  fesetenv(FE_DFL_ENV);
  pthread_setname_np(pthread_self(), copy.name);  // before `run`, which may choose another
  copy.run(copy.argument);
  return nullptr;
}

int AddThreadLocals(dl_phdr_info* module, std::size_t, void* sum) {
  for (int i = 0; i < module->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = module->dlpi_phdr[i];
    if (segment.p_type == PT_TLS) {
      *static_cast<std::size_t*>(sum) += segment.p_memsz + segment.p_align;
    }
  }
  return 0;
}

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

bool Create(std::size_t stack_bytes, Begin* begin, pthread_t* thread) {
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return false;
  const auto least = static_cast<std::size_t>(sysconf(_SC_THREAD_STACK_MIN));
  const std::size_t wanted = std::max(stack_bytes, least) + TakenOutOfStack();
  int failed = pthread_attr_setstacksize(&attributes, InPages(wanted, PageBytes()));
  if (failed == 0) failed = pthread_create(thread, &attributes, Enter, begin);
  pthread_attr_destroy(&attributes);
  // The size is too small for this C library after all: takes its default.
  if (failed == EINVAL) failed = pthread_create(thread, nullptr, Enter, begin);
  return failed == 0;
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

bool Thread::Start(const char* name, std::size_t stack_bytes, void (*run)(void*), void* argument) {
  auto* begin = new (std::nothrow) Begin{name, run, argument};
  if (begin == nullptr) return false;
  // A new thread inherits its creator's mask: all signals are blocked before it exists, not after.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread{};
  running_ = Create(stack_bytes, begin, &thread);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (!running_) {
    delete begin;
    return false;
  }
  handle_ = static_cast<std::uintptr_t>(thread);
  return true;
}

void Thread::Join() {
  if (running_) pthread_join(static_cast<pthread_t>(handle_), nullptr);
  running_ = false;
}

bool Thread::JoinUntil(std::chrono::steady_clock::time_point until) {
  while (running_) {
    if (pthread_tryjoin_np(static_cast<pthread_t>(handle_), nullptr) == 0) {
      running_ = false;
    } else if (std::chrono::steady_clock::now() >= until) {
      return false;
    } else {
      constexpr timespec kMoment{0, 500'000};
      nanosleep(&kMoment, nullptr);
    }
  }
  return true;
}

void Thread::Detach() {
  if (running_) pthread_detach(static_cast<pthread_t>(handle_));
  running_ = false;
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

void ParkThisThread() {
  for (;;) pause();
}

}  // namespace embeddables
