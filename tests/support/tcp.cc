#include "tests/support/tcp.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>

#include "tests/support/collector.h"
#include "tests/support/posix.h"

namespace embeddables::test {
namespace {

constexpr int kBacklog = 128;

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

}  // namespace

int ListenOnLoopback(int* port) {
  const int listener = NewTcpSocket();
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof address;
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      listen(listener, kBacklog) != 0 ||
      getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    close(listener);
    return -1;
  }
  *port = ntohs(address.sin_port);
  return listener;
}

int ConnectToLoopback(int port) {
  const int made = NewTcpSocket();
  const sockaddr_in address = Loopback(port);
  if (connect(made, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return made;
  close(made);
  return -1;
}

int AcceptNext(int listener) {
  const int made = AcceptTcp(listener);
  const int yes = 1;
  if (made >= 0) setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  return made;
}

void EndAccepting(int listener) { WakeListener(listener); }

void SetReceiveBuffer(int socket, int size) {
  setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
}

std::size_t Receive(int socket, char* to, std::size_t most) {
  const ssize_t size = recv(socket, to, most, 0);
  return size <= 0 ? 0 : static_cast<std::size_t>(size);
}

bool SendAll(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void EndBothWays(int socket) { shutdown(socket, SHUT_RDWR); }

void ResetWhenClosed(int socket) {
  const linger at_once{1, 0};
  setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

void CloseSocket(int socket) { close(socket); }

int ReservePort() {
  const int keeper = NewTcpSocket();  // open until the process ends
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof address;
  if (ReservesItsPort(keeper) && bind(keeper, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
      getsockname(keeper, reinterpret_cast<sockaddr*>(&address), &size) == 0) {
    return ntohs(address.sin_port);
  }
  close(keeper);
  return 0;
}

int FreePort() {
  int port = ReservePort();
  if (port != 0) return port;
  CloseSocket(ListenOnLoopback(&port));
  return port;
}

}  // namespace embeddables::test
