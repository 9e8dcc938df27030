// A TCP proxy on loopback that makes it a long way: what goes through arrives later, at any rate.
// Counts what it passes on. The handshakes of TCP itself are not delayed.

#ifndef EMBEDDABLES_TESTS_SUPPORT_DELAYING_PROXY_H_
#define EMBEDDABLES_TESTS_SUPPORT_DELAYING_PROXY_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <list>
#include <string_view>
#include <thread>
#include <vector>

struct pollfd;

namespace embeddables::test {

class DelayingProxy {
 public:
  // In front of a server on a port of loopback; each way takes `one_way`.
  DelayingProxy(int server_port, std::chrono::nanoseconds one_way);
  ~DelayingProxy();
  DelayingProxy(const DelayingProxy&) = delete;
  DelayingProxy& operator=(const DelayingProxy&) = delete;

  int port() const { return port_; }

  struct Counters {
    std::uint64_t connections = 0;     // made so far
    std::uint64_t bytes_up = 0;        // to the server, of TCP's payload
    std::uint64_t bytes_down = 0;      // from it
    std::uint64_t tls_records_up = 0;  // if it is TLS
  };
  Counters counters() const;

 private:
  struct Lane;
  struct Link;

  void Run();
  void Wait(std::vector<pollfd>* all);
  void Accept();
  void Move(Link* link, const pollfd& client, const pollfd& server);
  void Read(Lane* lane);

  std::chrono::nanoseconds one_way_;
  int server_port_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<std::uint64_t> connections_{0}, bytes_up_{0}, bytes_down_{0}, tls_records_up_{0};
  std::list<Link> links_;  // of the thread
  std::thread thread_;
};

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_SUPPORT_DELAYING_PROXY_H_
