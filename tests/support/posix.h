// What the tests ask of a POSIX system that each answers in its own way.

#ifndef EMBEDDABLES_TESTS_SUPPORT_POSIX_H_
#define EMBEDDABLES_TESTS_SUPPORT_POSIX_H_

#include <poll.h>

#include <chrono>
#include <vector>

namespace embeddables::test {

// Of TCP over IPv4; no program that a test starts gets any of these. -1 is none.
int NewTcpSocket();
int AcceptTcp(int listener);
// Whoever waits for the next one comes back.
void WakeListener(int listener);
// While it is bound, and does not listen, who asks the system for any port never gets this one, and
// a server that names it can have it. False: this system knows no such thing.
bool ReservesItsPort(int socket);
bool MakePipe(int (&ends)[2]);
// As ppoll(2), without signals.
void PollFor(std::vector<pollfd>* all, std::chrono::nanoseconds timeout);

// In a forked child: it ends when the test's process does, where the system knows how.
void EndWithParent();
// Becomes this program; returns if it cannot. Looks into PATH.
void BecomeProgram(char* const* arguments, char* const* environment);

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_SUPPORT_POSIX_H_
