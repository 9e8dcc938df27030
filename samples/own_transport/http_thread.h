// An HTTP stack of the host's own: one thread that carries one request after the other, over
// cpp-httplib. An engine has a thread and a client of its own to put in their place.

#ifndef EMBEDDABLES_SAMPLES_OWN_TRANSPORT_HTTP_THREAD_H_
#define EMBEDDABLES_SAMPLES_OWN_TRANSPORT_HTTP_THREAD_H_

#include <embeddables/parts.h>
#include <httplib.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace own_transport {

using embeddables::HttpAnswer;
using embeddables::HttpError;
using embeddables::HttpExchange;
using embeddables::HttpRequest;
using httplib::Error;

class HttpThread final : public embeddables::HttpTransport {
 public:
  // `origin`: https://host[:port], with which Config::base_url begins.
  explicit HttpThread(const std::string& origin) : client_(origin) {
    client_.set_keep_alive(true);
    client_.set_tcp_nodelay(true);
  }
  // The agent has ended all by now, but for an attempt to connect, which has its timeout.
  ~HttpThread() override { thread_.shutdown(); }

  bool Begin(std::shared_ptr<HttpExchange> exchange) override {
    thread_.enqueue([this, exchange] { Carry(exchange->request(), exchange.get()); });
    return true;
  }
  // stop() would wait for an attempt to connect; after one, the thread asks before it sends.
  void Cancel(HttpExchange& exchange) override {
    const std::unique_lock<std::mutex> connected(connecting_, std::try_to_lock);
    if (connected && under_way_ == &exchange) client_.stop();
  }
  void CloseConnections() override {
    thread_.enqueue([this] { client_.stop(); });
  }

 private:
  void Carry(const HttpRequest& request, HttpExchange* exchange) {
    std::unique_lock<std::mutex> connecting(connecting_);
    if (!exchange->wanted()) return;
    under_way_ = exchange;
    HttpAnswer answer;
    httplib::Request out;
    out.method = request.head ? "HEAD" : "POST";
    out.path = request.url.substr(request.url.find('/', sizeof "https://" - 1));
    for (const auto& header : request.headers) out.headers.emplace(header.name, header.value);
    out.content_length_ = request.body.size();
    out.content_provider_ = [&](std::size_t begin, std::size_t size, httplib::DataSink& sink) {
      if (connecting) connecting.unlock();  // a HEAD, which has no body, ends by its timeout
      return exchange->wanted() && sink.write(request.body.data() + begin, size);
    };
    out.content_receiver = [&](const char* data, std::size_t size, auto, auto) {
      return answer.body.append(data, size).size() <= request.most_answer_bytes;
    };
    client_.set_connection_timeout(request.connect_timeout);
    client_.set_read_timeout(request.timeout);
    if (request.fresh_connection) client_.stop();
    httplib::Response in;
    Error error = Error::Success;
    if (!client_.send(out, in, error) && error != Error::Canceled) answer.error = KindOf(error);
    answer.error_text = httplib::to_string(error);
    answer.status = std::max(in.status, 0);
    answer.date = in.get_header_value("Date");
    answer.retry_after = in.get_header_value("Retry-After");
    answer.tls_verified = request.url.rfind("https:", 0) == 0;  // the client checks certificates
    exchange->Answer(std::move(answer));
  }

  static HttpError KindOf(Error error) {
    if (error == Error::Connection) return HttpError::kConnect;
    if (error == Error::ConnectionTimeout) return HttpError::kTimeout;
    const bool tls = httplib::to_string(error).rfind("SSL", 0) == 0;  // newer versions know more
    return tls ? HttpError::kTls : HttpError::kBroken;
  }

  httplib::Client client_;
  std::mutex connecting_;  // the thread's until there is a connection
  const HttpExchange* under_way_ = nullptr;
  httplib::ThreadPool thread_{1};
};

}  // namespace own_transport

#endif  // EMBEDDABLES_SAMPLES_OWN_TRANSPORT_HTTP_THREAD_H_
