#include "platform/thread_posix.h"

#include <errno.h>
#include <fenv.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>
#ifdef __APPLE__
#include <xlocale.h>
#endif

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <new>

#include "platform/cancel_guard.h"
#include "platform/page_posix.h"
#include "platform/thread.h"

namespace embeddables {
namespace {

// The process's locale, but with the system's messages in English: in another language the system
// looks for them in the environment, which the host may be changing.
locale_t MakeLocale() { return newlocale(LC_MESSAGES_MASK, "C", duplocale(LC_GLOBAL_LOCALE)); }

// Belongs to the thread and to its Thread; the last one frees it.
struct Shared {
  ~Shared() {
    if (locale != nullptr) freelocale(locale);
  }

  const char* name;
  void (*run)(void*);
  void* argument;
  pthread_t thread{};
  std::atomic<bool> ended{false};  // `run` has returned: the thread is about to be gone
  std::atomic<int> owners{2};
  locale_t locale = MakeLocale();
};

Shared* SharedOf(std::uintptr_t handle) {
  return reinterpret_cast<Shared*>(handle);  // NOLINT(performance-no-int-to-ptr): it was one
}

void LetGo(Shared* shared) {
  if (shared->owners.fetch_sub(1) == 1) delete shared;
}

void* Enter(void* raw) {
  auto* shared = static_cast<Shared*>(raw);
  sigset_t crashes;
  sigemptyset(&crashes);
  for (const int crash : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT}) {
    sigaddset(&crashes, crash);
  }
  pthread_sigmask(SIG_UNBLOCK, &crashes, nullptr);
  fesetenv(FE_DFL_ENV);
  if (shared->locale != nullptr) uselocale(shared->locale);
  const CancelGuard guard;
  NameThisThread(shared->name);  // before `run`, which may choose another
  shared->run(shared->argument);
  uselocale(LC_GLOBAL_LOCALE);
  shared->ended.store(true, std::memory_order_release);
  LetGo(shared);
  return nullptr;
}

bool Create(std::size_t stack_bytes, Shared* shared) {
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return false;
  const auto least = static_cast<std::size_t>(sysconf(_SC_THREAD_STACK_MIN));
  const std::size_t wanted = std::max(stack_bytes, least) + TakenOutOfStack();
  int failed = pthread_attr_setstacksize(&attributes, InPages(wanted, PageBytes()));
  if (failed == 0) failed = pthread_create(&shared->thread, &attributes, Enter, shared);
  pthread_attr_destroy(&attributes);
  // The size is too small for this C library after all: takes its default.
  if (failed == EINVAL) failed = pthread_create(&shared->thread, nullptr, Enter, shared);
  return failed == 0;
}

}  // namespace

bool Thread::Start(const char* name, std::size_t stack_bytes, void (*run)(void*), void* argument) {
  auto* shared = new (std::nothrow) Shared{name, run, argument};
  if (shared == nullptr) return false;
  // A new thread inherits its creator's mask: all signals are blocked before it exists, not after.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  running_ = Create(stack_bytes, shared);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (!running_) {
    delete shared;
    return false;
  }
  handle_ = reinterpret_cast<std::uintptr_t>(shared);
  return true;
}

void Thread::Join() {
  if (!running_) return;
  pthread_join(SharedOf(handle_)->thread, nullptr);
  LetGo(SharedOf(handle_));
  running_ = false;
}

bool Thread::JoinUntil(std::chrono::steady_clock::time_point until) {
  while (running_) {
    const Shared& shared = *SharedOf(handle_);
    if (TryJoin(shared.thread, shared.ended.load(std::memory_order_acquire))) {
      LetGo(SharedOf(handle_));
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
  if (!running_) return;
  pthread_detach(SharedOf(handle_)->thread);
  LetGo(SharedOf(handle_));
  running_ = false;
}

void ParkThisThread() {
  for (;;) pause();
}

}  // namespace embeddables
