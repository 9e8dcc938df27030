// A server that takes 20 ms for each event and refuses (429) what is more than so many at once.

#ifndef EMBEDDABLES_TESTS_BENCH_REFUSING_SERVER_H_
#define EMBEDDABLES_TESTS_BENCH_REFUSING_SERVER_H_

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace httplib {
class Server;
}

namespace bench {

class RefusingServer {
 public:
  explicit RefusingServer(int allowed);
  ~RefusingServer();
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  void Allow(int allowed) { allowed_ = allowed; }

  // Of the requests since the last one was taken.
  struct Tally {
    int requests = 0, refused = 0;
    int most = 0;  // at once
    double refused_percent() const { return requests > 0 ? 100.0 * refused / requests : 0; }
  };
  Tally TakeTally();

 private:
  bool Enter();

  std::atomic<int> allowed_;
  std::atomic<int> there_{0};
  std::mutex mutex_;
  Tally tally_;  // guarded by mutex_
  std::unique_ptr<httplib::Server> server_;
  int port_ = 0;
  std::thread thread_;
};

}  // namespace bench

#endif  // EMBEDDABLES_TESTS_BENCH_REFUSING_SERVER_H_
