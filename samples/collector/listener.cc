#include "samples/collector/listener.h"

#include <chrono>
#include <cstdint>
#include <thread>

#include "samples/collector/connections.h"
#include "samples/collector/system.h"

namespace collector {

Listener::Listener(const Options& options, Collector* collector)
    : options_(options), collector_(collector) {
  if (options.tls.empty()) {
    server_ = std::make_unique<httplib::Server>();
    return;
  }
#ifdef CPPHTTPLIB_OPENSSL_SUPPORT
  server_ = std::make_unique<httplib::SSLServer>(options.tls[0].c_str(), options.tls[1].c_str());
#endif
}

bool Listener::Bind(std::string* error) {
  if (server_ == nullptr) {
    *error = "this collector was built without OpenSSL, and cannot serve --tls";
    return false;
  }
  if (!server_->is_valid()) {
    *error = "the certificate or key cannot be used";
    return false;
  }
  // By itself the library lets several processes listen on one port, and each would get a part of
  // the requests.
  server_->set_socket_options([this](socket_t socket) {
    socket_ = static_cast<std::intptr_t>(socket);
    KeepPort(socket_);
  });
  server_->set_tcp_nodelay(true);
  server_->set_keep_alive_max_count(1'000'000);
  server_->set_keep_alive_timeout(60);
  server_->new_task_queue = [] { return new ThreadPerConnection; };
  collector_->Install(server_.get());
  port_ = options_.port;
  if (port_ == 0) {
    port_ = server_->bind_to_any_port(options_.host);
  } else if (!server_->bind_to_port(options_.host, port_)) {
    port_ = -1;
  }
  if (port_ <= 0) {
    *error = "cannot listen on " + options_.host + ":" + std::to_string(options_.port) +
             ": another program has the port, or the address is not this machine's; --port 0 takes "
             "a free port";
    return false;
  }
  LetManyWait(socket_);
  url_ =
      (options_.tls.empty() ? "http://" : "https://") + options_.host + ":" + std::to_string(port_);
  return true;
}

void Listener::Run() {
  server_->listen_after_bind();
  ended_ = true;
}

void Listener::Stop() {
  constexpr std::chrono::milliseconds kPause(5);
  // A stop that comes before the listening would be forgotten.
  while (!server_->is_running() && !ended_) std::this_thread::sleep_for(kPause);
  collector_->Close();
  server_->stop();
  // A connection that waits for its next request would be waited for; one may just be accepted.
  while (!ended_) {
    CloseConnectionsTo(port_);
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace collector
