#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <vector>

#include "tests/support/posix.h"

extern char** environ;  // its headers do not declare it

namespace embeddables::test {
namespace {

int KeptFromPrograms(int descriptor) {
  if (descriptor >= 0) fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  return descriptor;
}

// Sockets here raise SIGPIPE unless each is told otherwise.
int Quiet(int socket) {
  const int on = 1;
  if (socket >= 0) setsockopt(socket, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
  return KeptFromPrograms(socket);
}

}  // namespace

int NewTcpSocket() { return Quiet(socket(AF_INET, SOCK_STREAM, 0)); }

int AcceptTcp(int listener) { return Quiet(accept(listener, nullptr, nullptr)); }

// A listener cannot be shut down here, so that it gets a last connection.
void WakeListener(int listener) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  if (getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0) return;
  const int last = NewTcpSocket();
  connect(last, reinterpret_cast<const sockaddr*>(&address), size);
  close(last);
}

bool ReservesItsPort(int) { return false; }

bool MakePipe(int (&ends)[2]) {
  if (pipe(ends) != 0) return false;
  for (const int end : ends) KeptFromPrograms(end);
  return true;
}

// Milliseconds are the finest that poll(2) takes: it wakes late rather than too early.
void PollFor(std::vector<pollfd>* all, std::chrono::nanoseconds timeout) {
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(timeout).count();
  poll(all->data(), static_cast<nfds_t>(all->size()), static_cast<int>(ms));
}

// The system tells a child nothing of its parent's end: one that reads its input sees that close.
void EndWithParent() {}

void BecomeProgram(char* const* arguments, char* const* environment) {
  environ = const_cast<char**>(environment);
  execvp(arguments[0], arguments);
}

}  // namespace embeddables::test
