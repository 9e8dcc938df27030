#include "tests/support/delaying_proxy.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <string>
#include <string_view>

#include "tests/support/posix.h"

namespace embeddables::test {
namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void Fail(const char* what) {
  std::perror(what);
  std::abort();
}

sockaddr_in AtLoopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

void MakeReady(int socket) {
  const int yes = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  fcntl(socket, F_SETFL, O_NONBLOCK);
}

// Counts records as their bytes go by (RFC 8446 section 5.1).
class TlsRecords {
 public:
  std::uint64_t Count(std::string_view bytes) {
    std::uint64_t begun = 0;
    while (!bytes.empty()) {
      if (left_ > 0) {
        const std::size_t some = std::min(left_, bytes.size());
        bytes.remove_prefix(some);
        left_ -= some;
        continue;
      }
      size_ = (size_ << 8 | static_cast<unsigned char>(bytes.front())) & 0xffff;
      bytes.remove_prefix(1);
      if (++head_ < kHead) continue;
      head_ = 0;
      left_ = size_;
      ++begun;
    }
    return begun;
  }

 private:
  static constexpr int kHead = 5;  // a type, a version, and two bytes of length
  int head_ = 0;
  std::size_t size_ = 0;  // the last two bytes of a head
  std::size_t left_ = 0;  // of the record
};

struct Piece {
  Clock::time_point due;
  std::string bytes;  // none: the end
};

}  // namespace

// One direction of a connection.
struct DelayingProxy::Lane {
  int from = -1, to = -1;
  bool up = false;
  bool all_read = false;
  bool blocked = false;
  bool ended = false;
  std::deque<Piece> under_way;
  std::size_t sent = 0;  // of the first
  TlsRecords records;

  void Deliver();
};

struct DelayingProxy::Link {
  Lane up, down;
};

void DelayingProxy::Lane::Deliver() {
  const Clock::time_point now = Clock::now();
  blocked = false;
  while (!under_way.empty() && under_way.front().due <= now) {
    const Piece& first = under_way.front();
    const std::string& bytes = first.bytes;
    if (bytes.empty()) {
      shutdown(to, SHUT_WR);
      ended = true;
      return;
    }
    const ssize_t some = send(to, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (some < 0) {
      blocked = errno == EAGAIN;
      ended = !blocked;
      return;
    }
    sent += static_cast<std::size_t>(some);
    if (sent < bytes.size()) continue;
    sent = 0;
    under_way.pop_front();
  }
}

DelayingProxy::DelayingProxy(int server_port, std::chrono::nanoseconds one_way)
    : one_way_(one_way), server_port_(server_port) {
  listener_ = NewTcpSocket();
  fcntl(listener_, F_SETFL, O_NONBLOCK);
  sockaddr_in address = AtLoopback(0);
  socklen_t size = sizeof address;
  if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      listen(listener_, 512) != 0 ||
      getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    Fail("delaying proxy");
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { Run(); });
}

DelayingProxy::~DelayingProxy() {
  stopping_ = true;
  WakeListener(listener_);
  thread_.join();
  close(listener_);
}

DelayingProxy::Counters DelayingProxy::counters() const {
  return {connections_, bytes_up_, bytes_down_, tls_records_up_};
}

void DelayingProxy::Run() {
  std::vector<pollfd> all;
  while (!stopping_) {
    Wait(&all);
    std::size_t i = 1;
    for (Link& link : links_) {
      Move(&link, all[i], all[i + 1]);
      i += 2;
    }
    if (all[0].revents != 0) Accept();
    links_.remove_if([](const Link& link) {
      const bool over = link.up.ended && link.down.ended;
      if (over) close(link.up.from), close(link.up.to);
      return over;
    });
  }
  for (const Link& link : links_) close(link.up.from), close(link.up.to);
}

// Until something can be read, or written that could not, or is due.
void DelayingProxy::Wait(std::vector<pollfd>* all) {
  Clock::time_point next = Clock::now() + std::chrono::hours(1);
  all->assign(1, {listener_, POLLIN, 0});
  const auto watch = [&](const Lane& in, const Lane& out) {
    const int events = (in.all_read ? 0 : POLLIN) | (out.blocked ? POLLOUT : 0);
    all->push_back({events != 0 ? in.from : -1, static_cast<short>(events), 0});
    if (!out.ended && !out.blocked && !out.under_way.empty()) {
      next = std::min(next, out.under_way.front().due);
    }
  };
  for (const Link& link : links_) {
    watch(link.up, link.down);
    watch(link.down, link.up);
  }
  PollFor(all, std::max(next - Clock::now(), Clock::duration::zero()));
}

void DelayingProxy::Accept() {
  const int client = AcceptTcp(listener_);
  if (client < 0) return;
  const int server = NewTcpSocket();
  const sockaddr_in address = AtLoopback(server_port_);
  if (connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    close(server);
    close(client);
    return;
  }
  MakeReady(client);
  MakeReady(server);
  ++connections_;
  Link& link = links_.emplace_back();
  link.up.from = link.down.to = client;
  link.up.to = link.down.from = server;
  link.up.up = true;
}

void DelayingProxy::Move(Link* link, const pollfd& client, const pollfd& server) {
  if (client.revents != 0 && !link->up.all_read) Read(&link->up);
  if (server.revents != 0 && !link->down.all_read) Read(&link->down);
  if (!link->up.ended) link->up.Deliver();
  if (!link->down.ended) link->down.Deliver();
}

void DelayingProxy::Read(Lane* lane) {
  char buffer[64 * 1024];
  const ssize_t got = recv(lane->from, buffer, sizeof buffer, 0);
  if (got < 0 && errno == EAGAIN) return;
  const std::string_view bytes(buffer, got > 0 ? static_cast<std::size_t>(got) : 0);
  lane->all_read = bytes.empty();
  lane->under_way.push_back(Piece{Clock::now() + one_way_, std::string(bytes)});
  if (lane->up) {
    bytes_up_ += bytes.size();
    tls_records_up_ += lane->records.Count(bytes);
  } else {
    bytes_down_ += bytes.size();
  }
}

}  // namespace embeddables::test
