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

bool IsPeer(SOCKET socket, const std::string& address, int port) {
  sockaddr_storage peer{};
  int size = sizeof peer;
  char its_host[NI_MAXHOST], its_port[NI_MAXSERV];
  return getpeername(socket, reinterpret_cast<sockaddr*>(&peer), &size) == 0 &&
         getnameinfo(reinterpret_cast<sockaddr*>(&peer), size, its_host, sizeof its_host, its_port,
                     sizeof its_port, NI_NUMERICHOST | NI_NUMERICSERV) == 0 &&
         std::to_string(port) == its_port && address == its_host;
}

}  // namespace

std::tm Utc(std::time_t time) {
  std::tm parts{};
  gmtime_s(&parts, &time);
  return parts;
}

// Nothing lists a process's sockets, but its handles are small multiples of four.
void CloseConnection(const std::string& address, int port) {
  constexpr std::uintptr_t kMostHandles = 4096;
  for (std::uintptr_t i = 1; i < kMostHandles; ++i) {
    const auto socket = static_cast<SOCKET>(i * 4);
    if (IsPeer(socket, address, port)) shutdown(socket, SD_BOTH);
  }
}

void HoldEnd() {
  end_event = CreateEventW(nullptr, TRUE, FALSE, nullptr);
  SetConsoleCtrlHandler(HandleEnd, TRUE);
}

void AwaitEnd() { WaitForSingleObject(end_event, INFINITE); }

}  // namespace collector
