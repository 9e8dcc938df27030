#include <winsock2.h>

#include <algorithm>
#include <cstdint>

#include "tests/support/collector.h"
#include "tests/support/tcp.h"

namespace embeddables::test {
namespace {

constexpr int kBacklog = 128;

// The system's sockets are small numbers.
SOCKET Native(int socket) { return static_cast<SOCKET>(socket); }

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int NewSocket() {
  static const int begun = [] {
    WSADATA data;
    return WSAStartup(MAKEWORD(2, 2), &data);
  }();
  const SOCKET made = begun == 0 ? socket(AF_INET, SOCK_STREAM, 0) : INVALID_SOCKET;
  // No program that a test starts gets it.
  if (made != INVALID_SOCKET)
    SetHandleInformation(reinterpret_cast<HANDLE>(made), HANDLE_FLAG_INHERIT, 0);
  return static_cast<int>(made);
}

int PortOf(int socket) {
  sockaddr_in address{};
  int size = sizeof address;
  getsockname(Native(socket), reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

}  // namespace

int ListenOnLoopback(int* port) {
  const int listener = NewSocket();
  const sockaddr_in address = Loopback(0);
  if (bind(Native(listener), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      listen(Native(listener), kBacklog) != 0) {
    CloseSocket(listener);
    return -1;
  }
  *port = PortOf(listener);
  return listener;
}

int ConnectToLoopback(int port) {
  const int made = NewSocket();
  const sockaddr_in address = Loopback(port);
  if (connect(Native(made), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
    return made;
  CloseSocket(made);
  return -1;
}

int AcceptNext(int listener) {
  sockaddr_in peer{};
  int size = sizeof peer;
  const SOCKET made = accept(Native(listener), reinterpret_cast<sockaddr*>(&peer), &size);
  if (made == INVALID_SOCKET) return -1;
  SetHandleInformation(reinterpret_cast<HANDLE>(made), HANDLE_FLAG_INHERIT, 0);
  const int yes = 1;
  setsockopt(made, IPPROTO_TCP, TCP_NODELAY, reinterpret_cast<const char*>(&yes), sizeof yes);
  return static_cast<int>(made);
}

// A listener cannot be shut down here, so that AcceptNext gets a last one.
void EndAccepting(int listener) { CloseSocket(ConnectToLoopback(PortOf(listener))); }

void SetReceiveBuffer(int socket, int size) {
  setsockopt(Native(socket), SOL_SOCKET, SO_RCVBUF, reinterpret_cast<const char*>(&size),
             sizeof size);
}

std::size_t Receive(int socket, char* to, std::size_t most) {
  const int size = recv(Native(socket), to, static_cast<int>(most), 0);
  return size <= 0 ? 0 : static_cast<std::size_t>(size);
}

bool SendAll(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    constexpr std::size_t kMost = 1 << 30;
    const auto piece = static_cast<int>(std::min(bytes.size(), kMost));
    const int sent = send(Native(socket), bytes.data(), piece, 0);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void EndBothWays(int socket) { shutdown(Native(socket), SD_BOTH); }

void ResetWhenClosed(int socket) {
  const linger at_once{1, 0};
  setsockopt(Native(socket), SOL_SOCKET, SO_LINGER, reinterpret_cast<const char*>(&at_once),
             sizeof at_once);
}

void CloseSocket(int socket) { closesocket(Native(socket)); }

int ReservePort() { return 0; }

int FreePort() {
  int port = 0;
  CloseSocket(ListenOnLoopback(&port));
  return port;
}

}  // namespace embeddables::test
