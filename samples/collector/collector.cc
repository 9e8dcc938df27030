#include "samples/collector/collector.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <ctime>
#include <thread>
#include <utility>

#include "samples/cli/print.h"
#include "samples/collector/connections.h"
#include "samples/collector/guard.h"
#include "samples/collector/system.h"

namespace collector {
namespace {

std::string HttpDate(std::time_t time) {
  const std::tm parts = Utc(time);
  char text[40];
  std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return text;
}

bool IsOwn(const httplib::Request& request) {
  return request.path == "/" || request.path.rfind("/_", 0) == 0;
}

// What the contract is about. The body is there once it has been read.
EventRequest Read(const httplib::Request& request) {
  EventRequest read;
  if (request.matches.size() > 1) read.project_id = request.matches[1].str();
  read.api_key = request.get_header_value("X-Api-Key");
  read.content_type = request.get_header_value("Content-Type");
  read.body = request.body;
  return read;
}

void Send(const FaultPlan& plan, std::string body, const std::string& type,
          httplib::Response* response) {
  if (plan.slow_body_ms == 0) {
    response->set_content(body, type);
    return;
  }
  const std::size_t size = body.size();
  const auto pause = std::chrono::milliseconds(plan.slow_body_ms) / 10;
  response->set_content_provider(
      size, type,
      [body = std::move(body), pause](std::size_t offset, std::size_t length,
                                      httplib::DataSink& sink) {
        std::this_thread::sleep_for(pause);
        const std::size_t piece = std::min(length, body.size() / 10 + 1);
        return sink.write(body.data() + offset, piece);
      });
}

std::string FaultsEntry(const std::string& in_force) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto at = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  return "{\"kind\":\"faults\",\"at\":" + std::to_string(at) +
         ",\"faults\":" + in_force.substr(0, in_force.size() - 1) + "}";
}

}  // namespace

Collector::Collector(const Options& options, Received* received, Observer observer)
    : options_(options),
      received_(received),
      observer_(std::move(observer)),
      page_(
          &live_, [this] { return About(); }, [this] { return received_->Counts(); }) {}

bool Collector::Check(std::string* error) {
  return options_.proxy.empty() || upstream_.Set(options_.proxy, error);
}

bool Collector::SetFaults(const std::string& json, std::string* error) {
  if (!faults_.Set(json, error)) return false;
  live_.Add(FaultsEntry(InForce(*faults_.plan())));
  return true;
}

std::string Collector::About() const {
  std::string in_force = InForce(*faults_.plan());
  in_force.pop_back();
  return "{\"proxy\":" + Quoted(options_.proxy) + ",\"faults\":" + in_force + "}";
}

void Collector::Install(httplib::Server* server) {
  server->set_pre_routing_handler([this](const Request& request, Response& response) {
    return BeforeBody(request, &response);
  });
  // Bounded: the library matches with std::regex, which recurses for each character.
  server->Post(R"(/projects/([^/]{1,100})/events)",
               [this](const Request& request, Response& response) { Take(request, &response); });
  InstallOwnPaths(server);
  // RFC 9110 section 6.6.1: a server with a clock sends its Date.
  server->set_post_routing_handler([this](const Request&, Response& response) {
    response.set_header("X-Content-Type-Options", "nosniff");
    if (faults_.plan()->no_date || response.has_header("Date")) return;
    response.set_header("Date", HttpDate(std::time(nullptr)));
  });
  server->set_error_handler(
      [this](const Request& request, Response& response) { NotFound(request, &response); });
}

void Collector::NotFound(const Request& request, Response* response) {
  if (!response->body.empty() || response->content_provider_ != nullptr) return;
  // A server behind --proxy that answered without a body.
  if (!IsOwn(request) && !request.matches.empty()) return;
  const Answer answer{response->status, "NOT_FOUND", "no such path or method"};
  if (!IsOwn(request)) {
    Exchange exchange;
    const EventRequest read = Read(request);
    refused_.Add(request.path, read, answer);
    exchange.result = Result::kRefused;
    exchange.answer = answer;
    exchange.path = request.path;
    exchange.api_key = read.api_key;
    exchange.body = read.body;
    received_->CountAnswer(answer.status);
    Report(&exchange);
  }
  response->set_content(ErrorBody(answer, ""), "application/json");
}

// A page of somebody else's gets nothing from the collector's own paths. Not before the body has
// been read: what is left of it would be taken for the next request.
bool Collector::IsGuest(const Request& request, Response* response) const {
  const std::string host = request.get_header_value("Host");
  std::string rule;
  if (!IsOwnHost(host, options_.host, options_.allow_host)) {
    rule = "the Host header is not a name of this server; --allow-host adds one";
  } else if (!IsOwnOrigin(request.get_header_value("Origin"), host)) {
    rule = "another site's page may not use this";
  }
  if (rule.empty()) return false;
  response->status = 403;
  response->set_content(ErrorBody({403, "FORBIDDEN", rule}, ""), "application/json");
  return true;
}

httplib::Server::Handler Collector::Own(Handler handler) const {
  return [this, handler = std::move(handler)](const Request& request, Response& response) {
    response.set_header("Cross-Origin-Resource-Policy", "same-origin");
    response.set_header("Referrer-Policy", "no-referrer");
    if (!IsGuest(request, &response)) handler(request, &response);
  };
}

void Collector::InstallOwnPaths(httplib::Server* server) {
  const auto lines = [](const std::string& text, Response* response) {
    response->set_content(text, "application/x-ndjson");
  };
  const auto json = [](const std::string& text, Response* response) {
    response->set_content(text, "application/json");
  };
  server->Get("/",
              Own([](const Request&, Response* response) { Page::Serve("page.html", response); }));
  server->Get(R"(/_page/([a-z.]{1,40}))", Own([](const Request& request, Response* response) {
                if (!Page::Serve(request.matches[1].str(), response)) response->status = 404;
              }));
  server->Get("/_live", Own([this](const Request& request, Response* response) {
                page_.Stream(request.get_header_value("Last-Event-ID"), response);
              }));
  server->Get("/_received", Own([this, lines](const Request&, Response* response) {
                lines(received_->Lines(), response);
              }));
  server->Get("/_refused", Own([this, lines](const Request&, Response* response) {
                lines(refused_.Lines(), response);
              }));
  server->Get("/_stats", Own([this, json](const Request&, Response* response) {
                json(received_->Stats(), response);
              }));
  server->Get("/_faults", Own([this, json](const Request&, Response* response) {
                json(InForce(*faults_.plan()), response);
              }));
  server->Post("/_reset", Own([this](const Request&, Response*) { Reset(); }));
  server->Post("/_faults", Own([this](const Request& request, Response* response) {
                 TakeFaults(request.body, response);
               }));
}

void Collector::Reset() {
  received_->Reset();
  refused_.Reset();
  live_.Reset(R"({"kind":"reset"})");
}

void Collector::TakeFaults(const std::string& body, Response* response) {
  std::string error;
  if (SetFaults(body, &error)) {
    response->set_content(InForce(*faults_.plan()), "application/json");
    return;
  }
  response->status = 400;
  response->set_content(ErrorBody({400, "BAD_REQUEST", error}, ""), "application/json");
}

// RFC 9112 section 6.3: without either header there is no body. The library would wait for one.
Collector::Handled Collector::WithoutBody(const Request& request, Response* response) {
  if (request.method != "POST" || request.has_header("Content-Length") ||
      request.has_header("Transfer-Encoding")) {
    return Handled::Unhandled;
  }
  if (request.path != "/_reset" && request.path != "/_faults") return Handled::Unhandled;
  if (IsGuest(request, response)) return Handled::Handled;
  if (request.path == "/_reset") {
    Reset();
  } else {
    TakeFaults("", response);
  }
  return Handled::Handled;
}

Collector::Handled Collector::BeforeBody(const Request& request, Response* response) {
  if (IsOwn(request)) return WithoutBody(request, response);
  const auto plan = faults_.plan();
  if (std::chrono::steady_clock::now() >= plan->down_until && !faults_.Happens(plan->drop_before)) {
    return Handled::Unhandled;
  }
  Exchange exchange;
  exchange.result = Result::kClosed;
  exchange.answer.status = 0;
  exchange.path = request.path;
  received_->CountAnswer(0);
  Report(&exchange);
  CloseConnection(request);
  return Handled::Handled;
}

void Collector::Take(const Request& request, Response* response) {
  const auto plan = faults_.plan();
  Exchange exchange;
  exchange.path = request.path;
  const EventRequest read = Read(request);
  exchange.api_key = read.api_key;
  std::this_thread::sleep_for(std::chrono::milliseconds(plan->latency_ms));
  Judge(*plan, read, &exchange);
  received_->CountAnswer(exchange.result == Result::kLost ? 0 : exchange.answer.status);
  Report(&exchange);
  if (exchange.result == Result::kLost) return CloseConnection(request);
  Reply(*plan, exchange, response);
}

void Collector::Judge(const FaultPlan& plan, const EventRequest& read, Exchange* exchange) {
  Answer& answer = exchange->answer;
  if (plan.portal) {
    exchange->result = Result::kFault;
    answer.message = "a page to log in, as asked for by /_faults";
    return;
  }
  Event event;
  event.project_id = read.project_id;
  answer = CheckEvent(read, options_.api_key, options_.event_id_key, &event);
  if (answer.status == 200 && IsUnknownUser(plan, event)) {
    answer = {404, "ENTRY_NOT_FOUND", "no entry with this identifier"};
  }
  if (answer.status != 200) {
    refused_.Add(exchange->path, read, answer);
    exchange->result = Result::kRefused;
    exchange->body = read.body;
  }
  const int fault = faults_.DrawStatus(plan, event.name);
  exchange->event = std::move(event);
  if (fault != 0) {
    exchange->result = Result::kFault;
    answer = {fault, "FAULT", "as asked for by /_faults"};
  }
  if (answer.status != 200) return;
  if (upstream_.is_set()) Forward(read, exchange);
  if (exchange->result != Result::kUpstream) Keep(exchange);
  if (exchange->result == Result::kKept && faults_.Happens(plan.drop_after)) {
    exchange->result = Result::kLost;
    answer.status = 0;
  }
}

void Collector::Forward(const EventRequest& read, Exchange* exchange) {
  exchange->upstream = upstream_.Send(read);
  const UpstreamAnswer& upstream = exchange->upstream;
  if (upstream.status >= 200 && upstream.status < 300) return;
  exchange->result = Result::kUpstream;
  exchange->answer = {upstream.status, "UPSTREAM", "the server behind --proxy said so"};
  if (upstream.status == 0) exchange->answer = {502, "UPSTREAM", upstream.error};
}

void Collector::Keep(Exchange* exchange) {
  const Event& event = exchange->event;
  exchange->duplicate = received_->Add(event);
  if (options_.quiet) return;
  const std::string line = event.timestamp + " " + event.name + " " + event.identifier_key + "=" +
                           event.identifier_value + " " + event.props;
  std::printf("%s\n", cli::Printable(line).c_str());
  std::fflush(stdout);
}

void Collector::Report(Exchange* exchange) {
  exchange->took = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - exchange->began);
  if (exchange->result == Result::kRefused) received_->CountRefused();
  live_.Add(ToJson(*exchange));
  if (observer_) observer_(*exchange);
}

void Collector::Reply(const FaultPlan& plan, const Exchange& exchange, Response* response) {
  if (plan.portal) {
    response->set_content("<html><body>Please log in to use this network.</body></html>",
                          "text/html");
    return;
  }
  const Answer& answer = exchange.answer;
  const UpstreamAnswer& upstream = exchange.upstream;
  response->status = answer.status;
  const std::string& retry_after = upstream.asked ? upstream.retry_after : plan.retry_after;
  if ((answer.status == 429 || answer.status == 503) && !retry_after.empty()) {
    response->set_header("Retry-After", retry_after);
  }
  std::string body = answer.status == 200 ? EventBody(exchange.event)
                                          : ErrorBody(answer, exchange.event.project_id);
  std::string type = "application/json";
  if (upstream.status != 0) {
    body = upstream.body;
    type = upstream.content_type;
    response->status = upstream.status;
    if (!upstream.date.empty()) response->set_header("Date", upstream.date);
  }
  if (plan.body_bytes != 0) body = std::string(plan.body_bytes, 'x');
  Send(plan, std::move(body), type, response);
}

}  // namespace collector
