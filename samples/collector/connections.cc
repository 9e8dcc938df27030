#include "samples/collector/connections.h"

#include <netdb.h>
#include <sys/socket.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

namespace collector {
namespace {

// One end of a socket in words.
struct End {
  std::string host, port;
};

using NameOf = int (*)(int, sockaddr*, socklen_t*);

bool Read(int descriptor, NameOf name_of, End* end) {
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

// The library answers every request and keeps its sockets to itself, so they are found by their
// ends.
template <typename IsMeant>
void CloseSockets(IsMeant is_meant) {
  std::error_code error;
  for (std::filesystem::directory_iterator each("/proc/self/fd", error), end; !error && each != end;
       each.increment(error)) {
    const int descriptor = std::atoi(each->path().filename().c_str());
    End peer, own;
    if (!Read(descriptor, PeerName, &peer) || !Read(descriptor, OwnName, &own)) continue;
    if (is_meant(peer, own)) shutdown(descriptor, SHUT_RDWR);
  }
}

}  // namespace

ThreadPerConnection::Taken ThreadPerConnection::enqueue(std::function<void()> connection) {
  const std::lock_guard<std::mutex> lock(mutex_);
  waiting_.push_back(std::move(connection));
  if (free_ < waiting_.size() && threads_.size() < kMost) {
    threads_.emplace_back([this] { Run(); });
  }
  changed_.notify_one();
  return static_cast<Taken>(true);
}

void ThreadPerConnection::Run() {
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    ++free_;
    changed_.wait(lock, [this] { return ended_ || !waiting_.empty(); });
    --free_;
    if (waiting_.empty()) return;
    const std::function<void()> connection = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    connection();
    lock.lock();
  }
}

void ThreadPerConnection::shutdown() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }
  for (std::thread& thread : threads_) thread.join();
}

void CloseConnection(const httplib::Request& request) {
  const std::string port = std::to_string(request.remote_port);
  CloseSockets([&request, &port](const End& peer, const End&) {
    return peer.port == port && peer.host == request.remote_addr;
  });
}

void CloseConnectionsTo(int port) {
  const std::string own_port = std::to_string(port);
  CloseSockets([&own_port](const End&, const End& own) { return own.port == own_port; });
}

}  // namespace collector
