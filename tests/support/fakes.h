// Stand-ins where determinism needs them: time, and the network.

#ifndef EMBEDDABLES_TESTS_SUPPORT_FAKES_H_
#define EMBEDDABLES_TESTS_SUPPORT_FAKES_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "agent/send/transport.h"
#include "platform/clock.h"

namespace embeddables::test {

class FakeClock : public Clock {
 public:
  std::int64_t WallMs() const override { return wall_ms; }
  std::int64_t BootMs() const override {
    if (looks_left > 0 && --looks_left == 0) meanwhile();
    return boot_ms;
  }
  std::string BootId() const override { return boot_id; }
  void Advance(std::int64_t ms) {
    wall_ms += ms;
    boot_ms += ms;
  }

  std::int64_t wall_ms = 1'770'000'000'000;
  std::int64_t boot_ms = 1'000'000;
  std::string boot_id = "boot-1";
  // Does something at so many looks from now.
  std::function<void()> meanwhile;
  mutable int looks_left = 0;
};

// Requests wait in `open` until the test answers them.
class FakeTransport : public Transport {
 public:
  bool Begin(std::uint64_t tag, const Request& request, bool fresh_connection) override {
    open[tag] = request;
    begun.push_back(request);
    fresh = fresh_connection;
    return !refuse;
  }
  void TakeCompleted(std::vector<Completion>* completed) override {
    for (Completion& each : answered_) completed->push_back(std::move(each));
    answered_.clear();
  }
  bool Wait(std::chrono::milliseconds, const std::vector<Waitable>&) override { return false; }
  void CancelAll() override { open.clear(); }
  // Tags below `sent_below` have been sent.
  void CancelUnsent(std::vector<std::uint64_t>* tags) override {
    for (auto each = open.lower_bound(sent_below); each != open.end(); each = open.erase(each)) {
      tags->push_back(each->first);
    }
  }
  void Renew() override { ++renewed; }
  std::size_t in_flight() const override { return open.size(); }
  TransportCounters counters() const override { return {begun.size(), 0}; }

  // Answers the oldest open request.
  void Answer(const Response& response) { AnswerTag(open.begin()->first, response); }
  void AnswerTag(std::uint64_t tag, const Response& response) {
    answered_.push_back({tag, response});
    open.erase(tag);
  }
  void AnswerAll(const Response& response) {
    while (!open.empty()) Answer(response);
  }

  std::map<std::uint64_t, Request> open;
  std::vector<Request> begun;
  bool refuse = false;
  std::uint64_t sent_below = ~std::uint64_t{0};
  int renewed = 0;
  bool fresh = false;

 private:
  std::vector<Completion> answered_;
};

inline Response Http(int status, const std::string& body = "", bool tls = true) {
  Response response;
  response.status = status;
  response.tls_verified = tls;
  response.TakeBody(body);
  return response;
}

inline Response Delivered() { return Http(200, R"({"entry_id":"entry_1"})"); }

inline Response Failed(NetworkError error) {
  Response response;
  response.error = error;
  response.error_text = Name(error);
  response.connected = error == NetworkError::kTimeout || error == NetworkError::kBroken;
  return response;
}

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_SUPPORT_FAKES_H_
