#include <pthread.h>

#include <chrono>
#include <cstddef>
#include <cstdlib>

#include "platform/thread.h"

namespace embeddables {

// There are no threads: Config::pump does without.
bool Thread::Start(const char*, std::size_t, void (*)(void*), void*) { return false; }
void Thread::Join() {}
bool Thread::JoinUntil(std::chrono::steady_clock::time_point) { return true; }
void Thread::Detach() { static_cast<void>(handle_), static_cast<void>(running_); }

const char* BecomeOrdinaryThread() { return nullptr; }

std::size_t CurrentThreadId() { return reinterpret_cast<std::size_t>(pthread_self()); }

void ParkThisThread() { std::abort(); }

}  // namespace embeddables
