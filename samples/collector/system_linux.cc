#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

#include "samples/collector/system.h"

namespace collector {
namespace {

sigset_t Ends() {
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  return ends;
}

using NameOf = int (*)(int, sockaddr*, socklen_t*);

bool Read(int descriptor, NameOf name_of, SocketEnd* end) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  char host[NI_MAXHOST], port[NI_MAXSERV];
  if (name_of(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0 ||
      getnameinfo(reinterpret_cast<sockaddr*>(&address), size, host, sizeof host, port, sizeof port,
                  NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
    return false;
  }
  *end = {host, port};
  return true;
}

int PeerName(int descriptor, sockaddr* address, socklen_t* size) {
  return getpeername(descriptor, address, size);
}

int OwnName(int descriptor, sockaddr* address, socklen_t* size) {
  return getsockname(descriptor, address, size);
}

}  // namespace

std::tm Utc(std::time_t time) {
  std::tm parts{};
  gmtime_r(&time, &parts);
  return parts;
}

bool IsAddress(const std::string& text) {
  unsigned char address[sizeof(in6_addr)];
  return inet_pton(AF_INET, text.c_str(), address) == 1 ||
         inet_pton(AF_INET6, text.c_str(), address) == 1;
}

void KeepPort(std::intptr_t socket) {
  const int yes = 1;
  setsockopt(static_cast<int>(socket), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
}

void LetManyWait(std::intptr_t socket) { listen(static_cast<int>(socket), SOMAXCONN); }

void CloseSockets(const IsMeant& is_meant) {
  std::error_code error;
  for (std::filesystem::directory_iterator each("/proc/self/fd", error), end; !error && each != end;
       each.increment(error)) {
    const int descriptor = std::atoi(each->path().filename().c_str());
    SocketEnd peer, own;
    if (!Read(descriptor, PeerName, &peer) || !Read(descriptor, OwnName, &own)) continue;
    if (is_meant(peer, own)) shutdown(descriptor, SHUT_RDWR);
  }
}

void HoldEnd() {
  const sigset_t ends = Ends();
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
}

void AwaitEnd() {
  const sigset_t ends = Ends();
  int signal = 0;
  sigwait(&ends, &signal);
}

}  // namespace collector
