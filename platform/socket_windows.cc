#include <algorithm>
#include <climits>
#include <cstdint>
#include <vector>

#include "platform/socket.h"
#include "platform/system_windows.h"

namespace embeddables {
namespace {

// Winsock has no number of a socket besides the handle, which the system gives to the next one. So
// our sockets are marked by an option that has no effect on them, as none of them blocks.
constexpr DWORD kOurs = 1'847'293'000;

bool StartSockets() {
  WSADATA facts{};
  return WSAStartup(MAKEWORD(2, 2), &facts) == 0;
}

// Without this, a datagram that nobody took makes the next read fail.
void IgnoreUnreachable(SOCKET socket) {
  BOOL report = FALSE;
  DWORD bytes = 0;
  constexpr DWORD kReportReset = _WSAIOW(IOC_VENDOR, 12);  // SIO_UDP_CONNRESET
  WSAIoctl(socket, kReportReset, &report, sizeof report, nullptr, 0, &bytes, nullptr, nullptr);
}

bool BindToLoopback(SOCKET socket) {
  BOOL alone = TRUE;
  u_long at_once = 1;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return setsockopt(socket, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, reinterpret_cast<const char*>(&alone),
                    sizeof alone) == 0 &&
         ioctlsocket(socket, static_cast<long>(FIONBIO), &at_once) == 0 &&
         bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

SOCKET MakeSocket(int family, int type, int protocol) {
  return WSASocketW(family, type, protocol, nullptr, 0,
                    WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
}

}  // namespace

Waitable OpenLoopback() {
  if (!StartSockets()) return Waitable();
  const SOCKET made = MakeSocket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
  if (made != INVALID_SOCKET && BindToLoopback(made)) {
    IgnoreUnreachable(made);
    return Waitable(static_cast<std::intptr_t>(made));
  }
  if (made != INVALID_SOCKET) closesocket(made);
  WSACleanup();
  return Waitable();
}

void CloseLoopback(Waitable* socket) {
  if (!socket->ok()) return;
  closesocket(SocketOf(*socket));
  WSACleanup();
  *socket = Waitable();
}

bool ConnectToItself(Waitable socket) {
  sockaddr_in own{};
  int size = sizeof own;
  auto* address = reinterpret_cast<sockaddr*>(&own);
  return getsockname(SocketOf(socket), address, &size) == 0 &&
         connect(SocketOf(socket), address, size) == 0;
}

Waitable OpenSocket(int family, int type, int protocol) {
  SOCKET made = MakeSocket(family, type, protocol);
  // Mostly libcurl has started the library.
  if (made == INVALID_SOCKET && WSAGetLastError() == WSANOTINITIALISED && StartSockets()) {
    made = MakeSocket(family, type, protocol);
  }
  if (made == INVALID_SOCKET) return Waitable();
  setsockopt(made, SOL_SOCKET, SO_SNDTIMEO, reinterpret_cast<const char*>(&kOurs), sizeof kOurs);
  return Waitable(static_cast<std::intptr_t>(made));
}

int CloseSocket(Waitable socket) { return closesocket(SocketOf(socket)); }

bool IsOpenSocket(Waitable socket) {
  DWORD mark = 0;
  int size = sizeof mark;
  return getsockopt(SocketOf(socket), SOL_SOCKET, SO_SNDTIMEO, reinterpret_cast<char*>(&mark),
                    &size) == 0 &&
         mark == kOurs;
}

bool WaitReadable(const std::vector<Waitable>& waitables, std::chrono::milliseconds timeout) {
  std::vector<WSAPOLLFD> watched;
  watched.reserve(waitables.size());
  for (const Waitable& each : waitables) {
    if (each.ok()) watched.push_back({SocketOf(each), POLLRDNORM, 0});
  }
  const std::int64_t ms = std::clamp<std::int64_t>(timeout.count(), -1, INT_MAX);
  if (watched.empty()) {  // the system does not wait for nothing
    Sleep(ms < 0 ? INFINITE : static_cast<DWORD>(ms));
    return false;
  }
  return WSAPoll(watched.data(), static_cast<ULONG>(watched.size()), static_cast<INT>(ms)) > 0;
}

bool MayWait() { return true; }

}  // namespace embeddables
