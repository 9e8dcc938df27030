// An HTTP stack of the host's own: one thread that carries one request after the other, over
// cpp-httplib.

#ifndef EMBEDDABLES_SAMPLES_OWN_TRANSPORT_HTTP_THREAD_H_
#define EMBEDDABLES_SAMPLES_OWN_TRANSPORT_HTTP_THREAD_H_

#include <embeddables/parts.h>
#include <httplib.h>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

namespace own_transport {

using embeddables::HttpAnswer;
using embeddables::HttpError;
using embeddables::HttpExchange;
using embeddables::HttpRequest;

class HttpThread final : public embeddables::HttpTransport {
 public:
  // `origin`: https://host[:port], with which Config::base_url begins.
  explicit HttpThread(const std::string& origin) : origin_(origin), client_(origin) {
    client_.set_keep_alive(true);
    client_.set_tcp_nodelay(true);
    thread_ = std::thread([this] { Run(); });
  }
  ~HttpThread() override {
    std::unique_lock<std::mutex> lock(mutex_);
    ending_ = true;
    changed_.notify_all();
    while (!changed_.wait_for(lock, std::chrono::milliseconds(10), [this] { return ended_; })) {
      client_.stop();
    }
    lock.unlock();
    thread_.join();
  }
  bool Begin(std::shared_ptr<HttpExchange> exchange) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    waiting_.push_back(std::move(exchange));
    changed_.notify_all();
    return true;
  }
  void Cancel(HttpExchange& exchange) override {  // one that waits is passed over in its turn
    const std::lock_guard<std::mutex> lock(mutex_);
    if (under_way_ == &exchange) client_.stop();
  }
  void CloseConnections() override { client_.stop(); }

 private:
  void Run() {
    std::unique_lock<std::mutex> lock(mutex_);
    for (; !ending_; under_way_ = nullptr) {
      changed_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
      if (ending_) break;
      const std::shared_ptr<HttpExchange> exchange = std::move(waiting_.front());
      waiting_.pop_front();
      under_way_ = exchange.get();
      lock.unlock();
      if (exchange->wanted()) exchange->Answer(Send(exchange->request()));
      lock.lock();
    }
    ended_ = true;
    changed_.notify_all();
  }

  HttpAnswer Send(const HttpRequest& request) {
    HttpAnswer answer;
    httplib::Request out;
    out.method = request.head ? "HEAD" : "POST";
    out.path = request.url.substr(origin_.size());
    for (const auto& header : request.headers) out.headers.emplace(header.name, header.value);
    out.body = request.body;
    out.content_receiver = [&](const char* data, std::size_t size, std::uint64_t, std::uint64_t) {
      answer.body.append(data, size);
      return answer.body.size() <= request.most_answer_bytes;
    };
    if (request.fresh_connection) client_.stop();
    client_.set_connection_timeout(request.connect_timeout);
    client_.set_read_timeout(request.timeout);
    httplib::Response in;
    httplib::Error error = httplib::Error::Success;
    if (!client_.send(out, in, error) && answer.body.size() <= request.most_answer_bytes) {
      answer.error = KindOf(error);
      answer.error_text = httplib::to_string(error);
    }
    answer.status = in.status;
    answer.date = in.get_header_value("Date");
    answer.retry_after = in.get_header_value("Retry-After");
    answer.tls_verified = origin_.rfind("https:", 0) == 0;  // the client checks certificates
    return answer;
  }

  static HttpError KindOf(httplib::Error error) {
    if (error == httplib::Error::Connection) return HttpError::kConnect;
    if (error == httplib::Error::ConnectionTimeout) return HttpError::kTimeout;
    const bool tls =
        error >= httplib::Error::SSLConnection && error <= httplib::Error::SSLServerVerification;
    return tls ? HttpError::kTls : HttpError::kBroken;
  }

  const std::string origin_;
  httplib::Client client_;  // the thread's; stop() is for all
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<HttpExchange>> waiting_;
  const HttpExchange* under_way_ = nullptr;
  bool ending_ = false, ended_ = false;
  std::thread thread_;
};

}  // namespace own_transport

#endif  // EMBEDDABLES_SAMPLES_OWN_TRANSPORT_HTTP_THREAD_H_
