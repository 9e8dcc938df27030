// A local stand-in for the Embeddables events endpoint: for people without a key, and for tests.

#include <httplib.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <functional>
#include <memory>
#include <regex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "samples/cli/print.h"
#include "samples/cli/system.h"
#include "samples/collector/contract.h"
#include "samples/collector/faults.h"
#include "samples/collector/options.h"
#include "samples/collector/received.h"
#include "samples/collector/refused.h"
#include "samples/collector/system.h"

namespace collector {
namespace {

std::string HttpDate(std::time_t time) {
  const std::tm parts = Utc(time);
  char text[40];
  std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return text;
}

class Collector {
 public:
  Collector(const Options& options, Received* received) : options_(options), received_(received) {}

  void Install(httplib::Server* server) {
    using httplib::Request;
    using httplib::Response;
    server->set_tcp_nodelay(true);
    server->set_keep_alive_max_count(1'000'000);
    server->set_keep_alive_timeout(60);
    server->new_task_queue = [] { return new httplib::ThreadPool(64); };
    server->set_pre_routing_handler([this](const Request& request, Response& response) {
      return BeforeBody(request, &response);
    });
    // Bounded: the library matches with std::regex, which recurses for each character.
    server->Post(R"(/projects/([^/]{1,100})/events)",
                 [this](const Request& request, Response& response) { Take(request, &response); });
    InstallOwnPaths(server);
    // RFC 9110 section 6.6.1: a server with a clock sends its Date.
    server->set_post_routing_handler([this](const Request&, Response& response) {
      const auto plan = faults_.plan();
      if (!plan->no_date) response.set_header("Date", HttpDate(std::time(nullptr)));
    });
    server->set_error_handler([this](const Request& request, Response& response) {
      if (!response.body.empty() || response.content_provider_ != nullptr) return;
      const Answer answer{response.status, "NOT_FOUND", "no such path or method"};
      if (!IsOwn(request)) refused_.Add(request.path, Read(request), answer);
      response.set_content(ErrorBody(answer, ""), "application/json");
    });
  }

 private:
  using Handled = httplib::Server::HandlerResponse;

  static bool IsOwn(const httplib::Request& request) { return request.path.rfind("/_", 0) == 0; }

  // What the contract is about. The body is there once it has been read.
  static EventRequest Read(const httplib::Request& request) {
    EventRequest read;
    if (request.matches.size() > 1) read.project_id = request.matches[1].str();
    read.api_key = request.get_header_value("X-Api-Key");
    read.content_type = request.get_header_value("Content-Type");
    read.body = request.body;
    return read;
  }

  void InstallOwnPaths(httplib::Server* server) {
    using httplib::Request;
    using httplib::Response;
    server->Get("/_received", [this](const Request&, Response& response) {
      response.set_content(received_->Lines(), "application/x-ndjson");
    });
    server->Get("/_refused", [this](const Request&, Response& response) {
      response.set_content(refused_.Lines(), "application/x-ndjson");
    });
    server->Get("/_stats", [this](const Request&, Response& response) {
      response.set_content(received_->Stats(), "application/json");
    });
    server->Get("/_faults", [this](const Request&, Response& response) {
      response.set_content(InForce(*faults_.plan()), "application/json");
    });
    server->Post("/_reset", [this](const Request&, Response&) { Reset(); });
    server->Post("/_faults", [this](const Request& request, Response& response) {
      SetFaults(request.body, &response);
    });
  }

  void Reset() {
    received_->Reset();
    refused_.Reset();
  }

  void SetFaults(const std::string& body, httplib::Response* response) {
    std::string error;
    if (faults_.Set(body, &error)) {
      response->set_content(InForce(*faults_.plan()), "application/json");
      return;
    }
    response->status = 400;
    response->set_content(ErrorBody({400, "BAD_REQUEST", error}, ""), "application/json");
  }

  // RFC 9112 section 6.3: without either header there is no body. The library would wait for one.
  Handled WithoutBody(const httplib::Request& request, httplib::Response* response) {
    if (request.method != "POST" || request.has_header("Content-Length") ||
        request.has_header("Transfer-Encoding")) {
      return Handled::Unhandled;
    }
    if (request.path == "/_reset") {
      Reset();
    } else if (request.path == "/_faults") {
      SetFaults("", response);
    } else {
      return Handled::Unhandled;
    }
    return Handled::Handled;
  }

  Handled BeforeBody(const httplib::Request& request, httplib::Response* response) {
    if (IsOwn(request)) return WithoutBody(request, response);
    const auto plan = faults_.plan();
    if (std::chrono::steady_clock::now() < plan->down_until || faults_.Happens(plan->drop_before)) {
      received_->CountAnswer(0);
      CloseConnection(request.remote_addr, request.remote_port);
      return Handled::Handled;
    }
    return Handled::Unhandled;
  }

  void Take(const httplib::Request& request, httplib::Response* response) {
    const auto plan = faults_.plan();
    std::this_thread::sleep_for(std::chrono::milliseconds(plan->latency_ms));
    if (plan->portal) {
      received_->CountAnswer(200);
      response->set_content("<html><body>Please log in to use this network.</body></html>",
                            "text/html");
      return;
    }
    Event event;
    const EventRequest read = Read(request);
    Answer answer = CheckEvent(read, options_.api_key, options_.event_id_key, &event);
    if (answer.status == 200 && IsUnknownUser(*plan, event)) {
      answer = {404, "ENTRY_NOT_FOUND", "no entry with this identifier"};
    }
    if (answer.status != 200) refused_.Add(request.path, read, answer);
    if (const int fault = faults_.DrawStatus(*plan, event.name); fault != 0) {
      answer = {fault, "FAULT", "as asked for by /_faults"};
    }
    if (answer.status == 200) Accept(event);
    if (answer.status == 200 && faults_.Happens(plan->drop_after)) {
      received_->CountAnswer(0);
      return CloseConnection(request.remote_addr, request.remote_port);
    }
    received_->CountAnswer(answer.status);
    response->status = answer.status;
    if ((answer.status == 429 || answer.status == 503) && !plan->retry_after.empty()) {
      response->set_header("Retry-After", plan->retry_after);
    }
    std::string body = answer.status == 200 ? EventBody(event) : ErrorBody(answer, read.project_id);
    if (plan->body_bytes != 0) body = std::string(plan->body_bytes, 'x');
    Send(*plan, std::move(body), response);
  }

  static void Send(const FaultPlan& plan, std::string body, httplib::Response* response) {
    if (plan.slow_body_ms == 0) {
      response->set_content(body, "application/json");
      return;
    }
    const std::size_t size = body.size();
    const auto pause = std::chrono::milliseconds(plan.slow_body_ms) / 10;
    response->set_content_provider(
        size, "application/json",
        [body = std::move(body), pause](std::size_t offset, std::size_t length,
                                        httplib::DataSink& sink) {
          std::this_thread::sleep_for(pause);
          const std::size_t piece = std::min(length, body.size() / 10 + 1);
          return sink.write(body.data() + offset, piece);
        });
  }

  void Accept(const Event& event) {
    received_->Add(event);
    if (options_.quiet) return;
    const std::string line = event.timestamp + " " + event.name + " " + event.identifier_key + "=" +
                             event.identifier_value + " " + event.props;
    std::printf("%s\n", cli::Printable(line).c_str());
    std::fflush(stdout);
  }

  const Options& options_;
  Received* received_;
  Refused refused_;
  Faults faults_;
};

// Null: standard error says why.
std::unique_ptr<httplib::Server> MakeServer(const Options& options) {
  if (options.tls.empty()) return std::make_unique<httplib::Server>();
#ifdef CPPHTTPLIB_OPENSSL_SUPPORT
  std::unique_ptr<httplib::Server> server =
      std::make_unique<httplib::SSLServer>(options.tls[0].c_str(), options.tls[1].c_str());
  if (server->is_valid()) return server;
  std::fprintf(stderr, "the certificate or key cannot be used\n");
#else
  std::fprintf(stderr, "this collector was built without OpenSSL, and cannot serve --tls\n");
#endif
  return nullptr;
}

int Serve(const Options& options) {
  Received received;
  std::string error;
  if (!options.db.empty() && !received.Open(options.db, &error)) {
    std::fprintf(stderr, "%s: %s\n", options.db.c_str(), error.c_str());
    return 1;
  }
  const bool tls = !options.tls.empty();
  const std::unique_ptr<httplib::Server> server = MakeServer(options);
  if (server == nullptr) return 1;
  Collector collector(options, &received);
  collector.Install(server.get());
  int port = options.port;
  if (port == 0) {
    port = server->bind_to_any_port(options.host);
  } else if (!server->bind_to_port(options.host, port)) {
    port = -1;
  }
  if (port <= 0) {
    std::fprintf(stderr, "cannot listen on %s:%d\n", options.host.c_str(), options.port);
    return 1;
  }
  std::printf("listening on %s://%s:%d\n", tls ? "https" : "http", options.host.c_str(), port);
  std::fflush(stdout);
  // Ends in order when asked to, so that sanitizers can tell what they found.
  std::thread stopper([&] {
    AwaitEnd();
    // A stop that comes before the listening would be forgotten.
    while (!server->is_running()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    server->stop();
  });
  server->listen_after_bind();
  stopper.join();
  return 0;
}

}  // namespace
}  // namespace collector

int main(int argc, char** argv) {
  cli::KeepStandardFiles();
  collector::Options options;
  CLI::App app("", "embeddables-collector");
  AddOptions(&app, &options);
  std::vector<std::string> arguments = cli::Arguments(argc, argv);
  std::reverse(arguments.begin(), arguments.end());  // as the library takes them
  try {
    app.parse(std::move(arguments));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    std::fprintf(stderr, "embeddables-collector: %s (see embeddables-collector --help)\n",
                 error.what());
    return 2;
  }
  // Blocked before any thread starts, so that only the one that waits for them gets them.
  collector::HoldEnd();
  return collector::Serve(options);
}
