// A host's HTTP stack in which requests wait until the test answers them.

#ifndef EMBEDDABLES_TESTS_PARTS_HOST_HTTP_H_
#define EMBEDDABLES_TESTS_PARTS_HOST_HTTP_H_

#include <embeddables/parts.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace embeddables::test {

inline HttpAnswer ConfirmingAnswer() {
  HttpAnswer answer;
  answer.status = 200;
  answer.body = R"({"entry_id":"entry_1"})";
  return answer;
}

inline HttpAnswer HttpStatus(int status, const std::string& body = "") {
  HttpAnswer answer;
  answer.status = status;
  answer.body = body;
  return answer;
}

class HostHttp final : public HttpTransport {
 public:
  using Exchanges = std::vector<std::shared_ptr<HttpExchange>>;

  bool Begin(std::shared_ptr<HttpExchange> exchange) override {
    Note();
    const std::lock_guard<std::mutex> lock(mutex_);
    if (refuse) return false;
    if (answer_in_begin) exchange->Answer(ConfirmingAnswer());
    begun_.push_back(std::move(exchange));
    return true;
  }
  void Cancel(HttpExchange& exchange) override {
    Note();
    const std::lock_guard<std::mutex> lock(mutex_);
    cancelled_.push_back(&exchange);
  }
  std::chrono::milliseconds Poll() override {
    Note();
    ++polls;
    return on_poll ? on_poll() : HttpTransport::Poll();
  }
  void CloseConnections() override {
    Note();
    ++closed;
  }
  bool AnswersBetweenCalls() const override { return between_calls; }

  Exchanges begun() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return begun_;
  }
  std::size_t count() const { return begun().size(); }
  std::size_t cancelled() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return cancelled_.size();
  }
  // All that are still wanted.
  void AnswerAll(const HttpAnswer& answer) const {
    for (const auto& each : begun()) each->Answer(answer);
  }
  // The threads that have called it.
  std::vector<std::thread::id> callers() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return callers_;
  }

  // Set before the agent starts.
  bool between_calls = false;
  std::function<std::chrono::milliseconds()> on_poll;
  std::atomic<bool> refuse{false}, answer_in_begin{false};
  std::atomic<int> polls{0}, closed{0};

 private:
  void Note() {
    const std::lock_guard<std::mutex> lock(mutex_);
    const std::thread::id caller = std::this_thread::get_id();
    if (callers_.empty() || callers_.back() != caller) callers_.push_back(caller);
  }

  mutable std::mutex mutex_;
  Exchanges begun_;
  std::vector<const HttpExchange*> cancelled_;
  std::vector<std::thread::id> callers_;
};

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_PARTS_HOST_HTTP_H_
