#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <ctime>
#include <vector>

#include "tests/support/posix.h"

namespace embeddables::test {

int NewTcpSocket() { return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0); }

int AcceptTcp(int listener) { return accept4(listener, nullptr, nullptr, SOCK_CLOEXEC); }

void WakeListener(int listener) { shutdown(listener, SHUT_RDWR); }

bool ReservesItsPort(int socket) {
  const int yes = 1;
  return setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0;
}

bool MakePipe(int (&ends)[2]) { return pipe2(ends, O_CLOEXEC) == 0; }

void PollFor(std::vector<pollfd>* all, std::chrono::nanoseconds timeout) {
  const std::int64_t ns = timeout.count();
  timespec wait{};
  wait.tv_sec = static_cast<decltype(wait.tv_sec)>(ns / 1'000'000'000);
  wait.tv_nsec = static_cast<decltype(wait.tv_nsec)>(ns % 1'000'000'000);
  ppoll(all->data(), all->size(), &wait, nullptr);
}

void EndWithParent() { prctl(PR_SET_PDEATHSIG, SIGKILL); }

void BecomeProgram(char* const* arguments, char* const* environment) {
  execvpe(arguments[0], arguments, environment);
}

}  // namespace embeddables::test
