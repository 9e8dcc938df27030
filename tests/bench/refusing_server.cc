#include "tests/bench/refusing_server.h"

#include <httplib.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <limits>
#include <utility>

namespace bench {
namespace {

constexpr std::chrono::milliseconds kTakes{20};
constexpr std::size_t kConnections = 256;  // each has a thread

}  // namespace

RefusingServer::RefusingServer(int allowed)
    : allowed_(allowed), server_(std::make_unique<httplib::Server>()) {
  server_->new_task_queue = [] { return new httplib::ThreadPool(kConnections); };
  server_->set_keep_alive_max_count(std::numeric_limits<std::size_t>::max());
  server_->set_tcp_nodelay(true);
  server_->Post(".*", [this](const httplib::Request&, httplib::Response& response) {
    if (Enter()) {
      std::this_thread::sleep_for(kTakes);
      response.set_content(R"({"entry_id":"entry_bench"})", "application/json");
    } else {
      response.status = 429;
    }
    --there_;
  });
  // The library lets five wait: the sixth of those that connect at once would try again after a
  // second.
  int listener = -1;
  server_->set_socket_options([&listener](int socket) { listener = socket; });
  port_ = server_->bind_to_any_port("127.0.0.1");
  listen(listener, static_cast<int>(kConnections));
  thread_ = std::thread([this] { server_->listen_after_bind(); });
}

RefusingServer::~RefusingServer() {
  server_->stop();
  thread_.join();
}

bool RefusingServer::Enter() {
  const std::lock_guard<std::mutex> lock(mutex_);
  const int there = ++there_;
  ++tally_.requests;
  tally_.most = std::max(tally_.most, there);
  if (there <= allowed_) return true;
  ++tally_.refused;
  return false;
}

RefusingServer::Tally RefusingServer::TakeTally() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return std::exchange(tally_, Tally());
}

}  // namespace bench
