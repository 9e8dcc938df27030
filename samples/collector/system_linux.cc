#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>

#include <cstdlib>
#include <filesystem>

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

}  // namespace

std::tm Utc(std::time_t time) {
  std::tm parts{};
  gmtime_r(&time, &parts);
  return parts;
}

void CloseConnection(const std::string& address, int port) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    const int descriptor = std::atoi(entry.path().filename().c_str());
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    if (getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &size) != 0) continue;
    char its_host[NI_MAXHOST], its_port[NI_MAXSERV];
    if (getnameinfo(reinterpret_cast<sockaddr*>(&peer), size, its_host, sizeof its_host, its_port,
                    sizeof its_port, NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
      continue;
    }
    if (std::to_string(port) == its_port && address == its_host) shutdown(descriptor, SHUT_RDWR);
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
