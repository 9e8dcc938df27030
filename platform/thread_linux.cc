#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <new>

#include "platform/thread.h"

namespace embeddables {
namespace {

struct Begin {
  void (*run)(void*);
  void* argument;
};

void* Enter(void* raw) {
  auto* begin = static_cast<Begin*>(raw);
  const Begin copy = *begin;
  delete begin;
  copy.run(copy.argument);
  return nullptr;
}

bool Create(std::size_t stack_bytes, Begin* begin, pthread_t* thread) {
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return false;
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const auto least = static_cast<std::size_t>(sysconf(_SC_THREAD_STACK_MIN));
  const std::size_t size = (std::max(stack_bytes, least) + page - 1) / page * page;
  const bool created = pthread_attr_setstacksize(&attributes, size) == 0 &&
                       pthread_create(thread, &attributes, Enter, begin) == 0;
  pthread_attr_destroy(&attributes);
  return created;
}

}  // namespace

bool Thread::Start(const char* name, std::size_t stack_bytes, void (*run)(void*), void* argument) {
  auto* begin = new (std::nothrow) Begin{run, argument};
  if (begin == nullptr) return false;
  // A new thread inherits its creator's mask: block all before it is there, not after.
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
  pthread_setname_np(thread, name);
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

std::size_t CurrentThreadId() { return static_cast<std::size_t>(syscall(SYS_gettid)); }

void ParkThisThread() {
  for (;;) pause();
}

}  // namespace embeddables
