#include "agent/send/host_transport.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "agent/base/mutex.h"
#include "agent/send/http.h"
#include "platform/socket.h"
#include "platform/wake_signal.h"

namespace embeddables {
namespace {

HttpRequest Describe(const Request& request, const Config& config, bool fresh_connection) {
  HttpRequest out;
  out.url = request.url;
  out.head = request.head;
  for (const std::string& line : request.headers) {
    const std::size_t colon = line.find(": ");
    out.headers.push_back({line.substr(0, colon), line.substr(colon + 2)});
  }
  out.body = request.body;
  out.connect_timeout = config.connect_timeout;
  out.timeout = config.request_timeout;
  out.fresh_connection = fresh_connection;
  out.http1_only = request.http1_only;
  out.most_answer_bytes = MaxResponseTotal(request);
  return out;
}

Response Translate(HttpAnswer* answer, const HttpRequest& request) {
  Response response;
  response.error = answer->error;
  response.error_text = std::move(answer->error_text);
  response.status = answer->status;
  const bool is_status = answer->status >= 100 && answer->status < 1000;
  if (!is_status && answer->error == HttpError::kNone) {
    response.error = HttpError::kBroken;
    response.error_text = "Config::transport answered with neither an error nor an HTTP status";
  }
  if (!is_status) response.status = 0;
  response.connected = response.status != 0 || response.error == HttpError::kTimeout ||
                       response.error == HttpError::kBroken;
  response.tls_verified = answer->tls_verified && response.error == HttpError::kNone &&
                          request.url.compare(0, 6, "https:") == 0;
  const std::string_view body = answer->body;
  response.TakeBody(body.substr(0, request.most_answer_bytes));
  if (body.size() > request.most_answer_bytes && response.error == HttpError::kNone) {
    response.unreadable = true;
    response.error_text = "it is longer than an answer can be";
  }
  response.date = answer->date.substr(0, kMaxHeaderValue);
  response.retry_after = answer->retry_after.substr(0, kMaxHeaderValue);
  return response;
}

}  // namespace

// Where answers wait for the agent's thread. It lives as long as anybody keeps an exchange, the
// descriptor only as long as the transport.
class HostTransport::Inbox {
 public:
  struct Answer {
    std::shared_ptr<Exchange> exchange;
    HttpAnswer answer;
  };

  bool ok() const { return wake_->ok(); }
  Waitable waitable() const { return wake_->waitable(); }
  void Put(std::shared_ptr<Exchange> exchange, HttpAnswer answer);
  void Take(std::vector<Answer>* answers);
  // False: it has its answer, or has ended before.
  bool End(Exchange* exchange);
  bool wanted(const Exchange& exchange);
  void Close();

 private:
  Mutex mutex_;
  std::vector<Answer> answers_ EMB_GUARDED_BY(mutex_);
  bool signalled_ EMB_GUARDED_BY(mutex_) = false;
  std::unique_ptr<WakeSignal> wake_ = std::make_unique<WakeSignal>();  // changed under the mutex
};

class HostTransport::Exchange final : public HttpExchange,
                                      public std::enable_shared_from_this<Exchange> {
 public:
  Exchange(std::uint64_t tag, HttpRequest request, std::shared_ptr<Inbox> inbox)
      : tag_(tag), request_(std::move(request)), inbox_(std::move(inbox)) {}

  const HttpRequest& request() const override { return request_; }
  void Answer(HttpAnswer answer) override { inbox_->Put(shared_from_this(), std::move(answer)); }
  bool wanted() const override { return inbox_->wanted(*this); }
  std::uint64_t tag() const { return tag_; }

 private:
  friend class Inbox;

  const std::uint64_t tag_;
  const HttpRequest request_;
  const std::shared_ptr<Inbox> inbox_;
  bool wanted_ = true;  // guarded by the inbox
};

void HostTransport::Inbox::Put(std::shared_ptr<Exchange> exchange, HttpAnswer answer) {
  const MutexLock lock(mutex_);
  if (!std::exchange(exchange->wanted_, false)) return;
  answers_.push_back({std::move(exchange), std::move(answer)});
  if (!std::exchange(signalled_, true)) wake_->Signal();
}

void HostTransport::Inbox::Take(std::vector<Answer>* answers) {
  const MutexLock lock(mutex_);
  if (!std::exchange(signalled_, false)) return;
  wake_->Clear();
  answers->swap(answers_);
}

bool HostTransport::Inbox::End(Exchange* exchange) {
  const MutexLock lock(mutex_);
  return std::exchange(exchange->wanted_, false);
}

bool HostTransport::Inbox::wanted(const Exchange& exchange) {
  const MutexLock lock(mutex_);
  return exchange.wanted_;
}

// No exchange is open, so nobody signals any more.
void HostTransport::Inbox::Close() {
  std::vector<Answer> dropped;
  Take(&dropped);
  wake_.reset();
}

HttpTransport::HttpTransport() : carrier_(&MakeHostTransport) {}

HostTransport::HostTransport(const Config& config, const Clock& clock)
    : config_(config), clock_(clock), host_(config.transport), inbox_(std::make_shared<Inbox>()) {}

HostTransport::~HostTransport() {
  CancelAll();
  inbox_->Close();
}

bool HostTransport::ok() const { return inbox_->ok(); }

bool HostTransport::Begin(std::uint64_t tag, const Request& request, bool fresh_connection) {
  if (host_ == nullptr) return false;
  auto exchange =
      std::make_shared<Exchange>(tag, Describe(request, config_, fresh_connection), inbox_);
  open_.push_back({exchange, BootNow(clock_) + config_.request_timeout.count()});
  if (!host_->Begin(exchange)) {
    inbox_->End(exchange.get());
    open_.pop_back();
    return false;
  }
  poll_at_ = BootTime();  // at once, by Push
  ++counters_.requests;
  return true;
}

void HostTransport::Push() {
  if (!open_.empty() && poll_at_ == BootTime()) Poll();
}

void HostTransport::Poll() {
  const std::int64_t after = host_->Poll().count();
  const bool never = after >= kFarthestMs;
  poll_at_ = never ? BootTime::Never() : BootNow(clock_) + std::max<std::int64_t>(1, after);
}

void HostTransport::TakeCompleted(std::vector<Completion>* completed) {
  if (!open_.empty()) Poll();
  std::vector<Inbox::Answer> answers;
  inbox_->Take(&answers);
  for (Inbox::Answer& each : answers) {
    Complete(each.exchange.get(), std::move(each.answer), completed);
  }
  EndLate(completed);
}

void HostTransport::Complete(Exchange* exchange, HttpAnswer answer,
                             std::vector<Completion>* completed) {
  const auto open = std::find_if(open_.begin(), open_.end(), [exchange](const Open& each) {
    return each.exchange.get() == exchange;
  });
  if (open == open_.end()) return;  // it was cancelled since
  completed->push_back({exchange->tag(), Translate(&answer, exchange->request())});
  open_.erase(open);
}

void HostTransport::EndLate(std::vector<Completion>* completed) {
  const BootTime now = BootNow(clock_);
  for (std::size_t i = open_.size(); i-- > 0;) {
    if (now < open_[i].deadline) continue;
    const std::shared_ptr<Exchange> late = open_[i].exchange;
    if (!inbox_->End(late.get())) continue;
    host_->Cancel(*late);
    HttpAnswer answer;
    answer.error = HttpError::kTimeout;
    answer.error_text = "no answer within Config::request_timeout";
    Complete(late.get(), std::move(answer), completed);
  }
}

BootTime HostTransport::NextAt() const {
  if (open_.empty()) return BootTime::Never();
  BootTime next = poll_at_;
  for (const Open& each : open_) next = Sooner(next, each.deadline);
  return next;
}

bool HostTransport::Wait(std::chrono::milliseconds timeout,
                         const std::vector<Waitable>& waitables) {
  std::vector<Waitable> all = waitables;
  all.push_back(inbox_->waitable());
  const BootTime next = NextAt();
  if (next.IsNever()) return WaitReadable(all, timeout);
  const std::chrono::milliseconds own(std::max<std::int64_t>(0, next - BootNow(clock_)));
  const bool first = timeout.count() < 0 || own <= timeout;
  return WaitReadable(all, first ? own : timeout) || first;
}

void HostTransport::CancelAll() {
  while (!open_.empty()) {
    const std::shared_ptr<Exchange> exchange = std::move(open_.back().exchange);
    open_.pop_back();
    if (inbox_->End(exchange.get())) host_->Cancel(*exchange);
  }
}

void HostTransport::Renew() {
  if (host_ != nullptr && open_.empty()) host_->CloseConnections();
}

std::unique_ptr<Transport> MakeHostTransport(const Config& config, const Clock& clock,
                                             Status* status) {
  auto transport = std::make_unique<HostTransport>(config, clock);
  if (transport->ok()) return transport;
  *status = Status(StatusCode::kOutOfMemory, "no descriptor for the answers of Config::transport");
  return nullptr;
}

}  // namespace embeddables
