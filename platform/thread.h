// The agent's one thread. std::thread is not used: its constructor throws, and its stack size
// cannot be set.

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

  // Starts with a name, which must outlive the thread's beginning, a stack of its own size and
  // every signal blocked, so that the host's signals (SIGPIPE, SIGXFSZ, a profiler's) are not
  // delivered to it. Crash signals are the exception: the host's handler sees a crash in a callback
  // or a library. The whole stack size is usable: the share that the C library takes for the
  // program's thread-locals comes on top. Floating-point errors do not trap, whatever the starting
  // thread has chosen. False: no thread could be had.
  bool Start(const char* name, std::size_t stack_bytes, void (*run)(void*), void* argument);
  // Waits until nothing of the thread is left, so that its code may be unloaded.
  void Join();
  // False: the thread has not ended by then.
  bool JoinUntil(std::chrono::steady_clock::time_point until);
  // Leaves the thread to itself.
  void Detach();

 private:
  std::uintptr_t handle_ = 0;
  bool running_ = false;
};

// Drops what this thread has inherited from the one that started it, which may be a game's realtime
// loop: its class becomes the ordinary one, its nice value is not below that of the process's first
// thread, and it may run on that thread's processors, never on more. Returns the call that the
// system has refused, for the log; null: none.
const char* BecomeOrdinaryThread();

// An id that tells threads apart; never 0.
std::size_t CurrentThreadId();

// Never returns: for a thread that must run no more code while the process exits.
[[noreturn]] void ParkThisThread();

}  // namespace embeddables

#endif  // EMBEDDABLES_PLATFORM_THREAD_H_
