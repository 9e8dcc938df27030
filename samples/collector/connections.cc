#include "samples/collector/connections.h"

#include <string>
#include <utility>

#include "samples/collector/system.h"

namespace collector {
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
  CloseSockets([&request, &port](const SocketEnd& peer, const SocketEnd&) {
    return peer.port == port && peer.host == request.remote_addr;
  });
}

void CloseConnectionsTo(int port) {
  const std::string own_port = std::to_string(port);
  CloseSockets(
      [&own_port](const SocketEnd&, const SocketEnd& own) { return own.port == own_port; });
}

}  // namespace collector
