// The one thread. std::thread is not used: its constructor throws, and it has no stack size.

#ifndef EMBEDDABLES_PLATFORM_THREAD_H_
#define EMBEDDABLES_PLATFORM_THREAD_H_

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace embeddables {

class Thread {
 public:
  Thread() = default;
  ~Thread() { Detach(); }
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;

  // Starts with a name, a stack of its own size and every signal blocked, so that no signal of the
  // host (SIGPIPE, SIGXFSZ, a profiler's) is delivered to it, but for those of a crash: the host's
  // handler sees one in a callback or a library. The stack is for use: what the C library takes out
  // of it for the thread-locals of the program comes on top. Floating-point errors do not trap,
  // whatever the thread that starts it has chosen. False: no thread could be had.
  bool Start(const char* name, std::size_t stack_bytes, void (*run)(void*), void* argument);
  // Waits until nothing of the thread is left, so that its code may be unloaded.
  void Join();
  // False: it has not ended by then.
  bool JoinUntil(std::chrono::steady_clock::time_point until);
  // Leaves it to itself.
  void Detach();

 private:
  std::uintptr_t handle_ = 0;
  bool running_ = false;
};

// Ends what this thread has inherited of the one that started it, which may be a game's realtime
// loop: its class becomes the ordinary one, its nice value not below that of the process's first
// thread, and the processors it may run on those of that thread, never more. Returns what the
// system has refused, for the log; null: nothing.
const char* BecomeOrdinaryThread();

// Tells threads apart; never 0.
std::size_t CurrentThreadId();

// Never returns: for a thread that must run none of its code any more while the process exits.
[[noreturn]] void ParkThisThread();

}  // namespace embeddables

#endif  // EMBEDDABLES_PLATFORM_THREAD_H_
