// The connections of a server: a thread each, and how to end them.

#ifndef EMBEDDABLES_SAMPLES_COLLECTOR_CONNECTIONS_H_
#define EMBEDDABLES_SAMPLES_COLLECTOR_CONNECTIONS_H_

#include <httplib.h>

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace collector {

// A connection keeps its thread as long as it is open, and an open page keeps connections for
// hours. So a connection never waits for another one to end: it gets a thread that is free, else a
// new one.
class ThreadPerConnection : public httplib::TaskQueue {
 public:
  // Later versions of the library ask whether it was taken.
  using Taken = decltype(std::declval<httplib::TaskQueue&>().enqueue({}));

  Taken enqueue(std::function<void()> connection) override;
  void shutdown() override;

 private:
  static constexpr std::size_t kMost = 2'000;

  void Run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_;
  std::vector<std::thread> threads_;
  std::size_t free_ = 0;
  bool ended_ = false;
};

// Closes the connection of this request without an answer.
void CloseConnection(const httplib::Request& request);

// Closes all connections that were made to `port` of this machine and accepted by this process.
void CloseConnectionsTo(int port);

}  // namespace collector

#endif  // EMBEDDABLES_SAMPLES_COLLECTOR_CONNECTIONS_H_
