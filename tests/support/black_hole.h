// A server that never answers.

#ifndef EMBEDDABLES_TESTS_SUPPORT_BLACK_HOLE_H_
#define EMBEDDABLES_TESTS_SUPPORT_BLACK_HOLE_H_

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

#include <cstddef>
#include <string>
#include <vector>

namespace embeddables::test {

// Takes connections into its backlog and never answers; when that is full, not even those.
class BlackHole {
 public:
  explicit BlackHole(int backlog)
      : backlog_(backlog), socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address);
    listen(socket_, backlog);
    getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  ~BlackHole() {
    for (const int each : fill_) close(each);
    close(socket_);
  }
  BlackHole(const BlackHole&) = delete;
  BlackHole& operator=(const BlackHole&) = delete;
  // Who connects from now on is not even taken into the backlog.
  void Fill() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<in_port_t>(port_));
    for (bool full = false; !full;) {
      full = Taken() > static_cast<std::size_t>(backlog_);
      fill_.push_back(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
      connect(fill_.back(), reinterpret_cast<sockaddr*>(&address), sizeof address);
      while (!full && Taken() < fill_.size()) poll(nullptr, 0, 1);
    }
  }
  // Takes those who wait now, one of whom is not from Fill, and reads what they send to its end.
  std::string Empty() {
    const std::size_t count = fill_.size();  // the last one was not taken
    for (const int each : fill_) close(each);
    fill_.clear();
    std::string received;
    for (std::size_t i = 0; i < count; ++i) {
      const int each = accept(socket_, nullptr, nullptr);
      char bytes[4096];
      for (ssize_t size; (size = recv(each, bytes, sizeof bytes, 0)) > 0;) {
        received.append(bytes, static_cast<std::size_t>(size));
      }
      close(each);
    }
    return received;
  }
  int port() const { return port_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

 private:
  // How many connections are in the backlog.
  std::size_t Taken() const {
    tcp_info info{};
    socklen_t size = sizeof info;
    getsockopt(socket_, IPPROTO_TCP, TCP_INFO, &info, &size);
    return info.tcpi_unacked;
  }

  const int backlog_;
  const int socket_;
  int port_ = 0;
  std::vector<int> fill_;
};

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_SUPPORT_BLACK_HOLE_H_
