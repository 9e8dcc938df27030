#include "samples/collector/system.h"

// Before windows.h, which else brings an older one.
#include <winsock2.h>
#include <ws2tcpip.h>
// After it.
#include <windows.h>

#include <cstdint>

namespace collector {
namespace {

HANDLE end_event = nullptr;

BOOL WINAPI HandleEnd(DWORD kind) {
  SetEvent(end_event);
  // The process ends once this returns, but for Ctrl-C and Ctrl-Break.
  if (kind != CTRL_C_EVENT && kind != CTRL_BREAK_EVENT) Sleep(INFINITE);
  return TRUE;
}

using NameOf = int(WSAAPI*)(SOCKET, sockaddr*, int*);

bool Read(SOCKET socket, NameOf name_of, SocketEnd* end) {
  sockaddr_storage address{};
  int size = sizeof address;
  char host[NI_MAXHOST], port[NI_MAXSERV];
  if (name_of(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0 ||
      getnameinfo(reinterpret_cast<sockaddr*>(&address), size, host, sizeof host, port, sizeof port,
                  NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
    return false;
  }
  *end = {host, port};
  return true;
}

}  // namespace

std::tm Utc(std::time_t time) {
  std::tm parts{};
  gmtime_s(&parts, &time);
  return parts;
}

bool IsAddress(const std::string& text) {
  unsigned char address[sizeof(in6_addr)];
  return inet_pton(AF_INET, text.c_str(), address) == 1 ||
         inet_pton(AF_INET6, text.c_str(), address) == 1;
}

void KeepPort(std::intptr_t socket) {
  const BOOL yes = TRUE;
  setsockopt(static_cast<SOCKET>(socket), SOL_SOCKET, SO_EXCLUSIVEADDRUSE,
             reinterpret_cast<const char*>(&yes), sizeof yes);
}

void LetManyWait(std::intptr_t socket) { listen(static_cast<SOCKET>(socket), SOMAXCONN); }

// Nothing lists a process's sockets, but its handles are small multiples of four.
void CloseSockets(const IsMeant& is_meant) {
  constexpr std::uintptr_t kMostHandles = 4096;
  for (std::uintptr_t i = 1; i < kMostHandles; ++i) {
    const auto socket = static_cast<SOCKET>(i * 4);
    SocketEnd peer, own;
    if (!Read(socket, getpeername, &peer) || !Read(socket, getsockname, &own)) continue;
    if (is_meant(peer, own)) shutdown(socket, SD_BOTH);
  }
}

void HoldEnd() {
  end_event = CreateEventW(nullptr, TRUE, FALSE, nullptr);
  SetConsoleCtrlHandler(HandleEnd, TRUE);
}

void AwaitEnd() { WaitForSingleObject(end_event, INFINITE); }

}  // namespace collector
