#include "agent/c/parts_c.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/c/calls.h"
#include "agent/c/structs.h"
#include "agent/c/values.h"
#include "embeddables/parts.h"

using embeddables::HttpAnswer;
using embeddables::HttpExchange;
using embeddables::HttpHeader;
using embeddables::Status;

namespace {

// An exchange keeps its address until nobody has it any more.
std::uint64_t IdOf(const HttpExchange& exchange) {
  return reinterpret_cast<std::uintptr_t>(&exchange);
}

}  // namespace

struct emb_exchange {
  explicit emb_exchange(std::shared_ptr<HttpExchange> of) : exchange(std::move(of)) {
    for (const HttpHeader& each : exchange->request().headers) {
      headers.push_back({sizeof(emb_header), 0, each.name.c_str(), each.name.size(),
                         each.value.c_str(), each.value.size()});
    }
  }

  std::shared_ptr<HttpExchange> exchange;
  std::vector<emb_header> headers;
};

namespace embeddables::c {
namespace {

using std::chrono::milliseconds;

class TransportOfC final : public HttpTransport {
 public:
  explicit TransportOfC(const emb_transport& of) : of_(of) {}

  bool Begin(std::shared_ptr<HttpExchange> exchange) override {
    auto handle = std::make_unique<emb_exchange>(std::move(exchange));
    if (of_.begin(of_.user_data, handle.get()) == 0) return false;
    static_cast<void>(handle.release());  // the host's now
    return true;
  }
  void Cancel(HttpExchange& exchange) override { of_.cancel(of_.user_data, IdOf(exchange)); }
  milliseconds Poll() override {
    return of_.poll == nullptr ? HttpTransport::Poll() : milliseconds(of_.poll(of_.user_data));
  }
  void CloseConnections() override {
    if (of_.close_connections != nullptr) of_.close_connections(of_.user_data);
  }
  bool AnswersBetweenCalls() const override { return of_.answers_between_calls != 0; }

 private:
  const emb_transport of_;
};

class ClockOfC final : public HostClock {
 public:
  explicit ClockOfC(const emb_clock& of) : of_(of) {}

  WallTime Wall() const override { return ToWallTime(of_.wall_ms(of_.user_data)); }
  milliseconds SinceBoot() const override { return milliseconds(of_.since_boot_ms(of_.user_data)); }
  milliseconds Asleep() const override {
    return milliseconds(of_.asleep_ms == nullptr ? 0 : of_.asleep_ms(of_.user_data));
  }
  std::string BootId() const override {
    const char* const id = of_.boot_id == nullptr ? nullptr : of_.boot_id(of_.user_data);
    return id == nullptr ? std::string() : id;
  }

 private:
  const emb_clock of_;
};

Status ReadTransport(const emb_transport* from, Config* config) {
  if (from == nullptr) return Status();
  emb_transport transport{};
  const Status status = Read(from, "config->transport", &transport);
  if (!status.ok()) return status;
  if (transport.begin == nullptr) return IsNull("config->transport->begin");
  if (transport.cancel == nullptr) return IsNull("config->transport->cancel");
  config->transport = std::make_shared<TransportOfC>(transport);
  return Status();
}

Status ReadClock(const emb_clock* from, Config* config) {
  if (from == nullptr) return Status();
  emb_clock clock{};
  const Status status = Read(from, "config->clock", &clock);
  if (!status.ok()) return status;
  if (clock.wall_ms == nullptr) return IsNull("config->clock->wall_ms");
  if (clock.since_boot_ms == nullptr) return IsNull("config->clock->since_boot_ms");
  config->clock = std::make_shared<ClockOfC>(clock);
  return Status();
}

Status ReadAnswer(const emb_http_answer* from, HttpAnswer* answer) {
  emb_http_answer full = EMB_HTTP_ANSWER_INIT;
  Status status = Read(from, "answer", &full);
  if (!status.ok()) return status;
  if (full.error < EMB_HTTP_ERROR_NONE || full.error > EMB_HTTP_ERROR_BROKEN) {
    return Status(StatusCode::kInvalidArgument, "answer->error is not one of EMB_HTTP_ERROR_");
  }
  answer->error = static_cast<HttpError>(full.error);
  answer->status = full.status;
  answer->tls_verified = full.tls_verified != 0;
  const struct {
    const char* name;
    const char* data;
    std::uint64_t size;
    std::string* to;
  } texts[] = {
      {"answer->error_text", full.error_text, full.error_text_size, &answer->error_text},
      {"answer->date", full.date, full.date_size, &answer->date},
      {"answer->retry_after", full.retry_after, full.retry_after_size, &answer->retry_after},
      {"answer->body", full.body, full.body_size, &answer->body},
  };
  for (const auto& each : texts) {
    std::string_view text;
    status = ToText(each.data, each.size, each.name, &text);
    if (!status.ok()) return status;
    *each.to = text;
  }
  return Status();
}

emb_http_request FromRequest(const emb_exchange& exchange) {
  const HttpRequest& from = exchange.exchange->request();
  emb_http_request request{};
  request.struct_size = sizeof request;
  request.head = from.head;
  request.fresh_connection = from.fresh_connection;
  request.http1_only = from.http1_only;
  request.url = from.url.c_str();
  request.url_size = from.url.size();
  request.headers = exchange.headers.data();
  request.headers_count = exchange.headers.size();
  request.body = from.body.c_str();
  request.body_size = from.body.size();
  request.connect_timeout_ms = from.connect_timeout.count();
  request.timeout_ms = from.timeout.count();
  request.most_answer_bytes = from.most_answer_bytes;
  return request;
}

}  // namespace

Status ReadParts(const emb_config& from, Config* config) {
  void* const user_data = from.on_thread_user_data;
  if (from.on_thread_start != nullptr) {
    config->on_thread_start = [call = from.on_thread_start, user_data] { call(user_data); };
  }
  if (from.on_thread_stop != nullptr) {
    config->on_thread_stop = [call = from.on_thread_stop, user_data] { call(user_data); };
  }
  const Status status = ReadTransport(from.transport, config);
  return status.ok() ? ReadClock(from.clock, config) : status;
}

}  // namespace embeddables::c

using embeddables::c::CheckOut;
using embeddables::c::IsNull;
using embeddables::c::Tried;

int32_t emb_exchange_request(const emb_exchange* exchange, emb_http_request* out,
                             emb_status* status) {
  return Tried(status, [&] {
    if (exchange == nullptr) return IsNull("exchange");
    const Status writable = CheckOut(out, "out");
    if (writable.ok()) embeddables::c::Write(embeddables::c::FromRequest(*exchange), out);
    return writable;
  });
}

int32_t emb_exchange_answer(emb_exchange* exchange, const emb_http_answer* answer,
                            emb_status* status) {
  return Tried(status, [&] {
    if (exchange == nullptr) return IsNull("exchange");
    HttpAnswer read;
    const Status readable = embeddables::c::ReadAnswer(answer, &read);
    if (readable.ok()) exchange->exchange->Answer(std::move(read));
    return readable;
  });
}

int32_t emb_exchange_wanted(const emb_exchange* exchange) {
  return exchange != nullptr && exchange->exchange->wanted();
}

uint64_t emb_exchange_id(const emb_exchange* exchange) {
  return exchange == nullptr ? 0 : IdOf(*exchange->exchange);
}

void emb_exchange_free(emb_exchange* exchange) { delete exchange; }
