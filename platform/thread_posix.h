// The part of thread_posix.cc that differs by system.

#ifndef EMBEDDABLES_PLATFORM_THREAD_POSIX_H_
#define EMBEDDABLES_PLATFORM_THREAD_POSIX_H_

#include <pthread.h>

#include <cstddef>

namespace embeddables {

void NameThisThread(const char* name);

// Joins the thread if nothing of it is left. `ended`: all that is left of it is its very end.
bool TryJoin(pthread_t thread, bool ended);

// How much of each thread's stack the C library takes for itself.
std::size_t TakenOutOfStack();

}  // namespace embeddables

#endif  // EMBEDDABLES_PLATFORM_THREAD_POSIX_H_
