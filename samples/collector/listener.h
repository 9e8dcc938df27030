// The server that listens for a collector: starts, serves, and ends in order when told to.

#ifndef EMBEDDABLES_SAMPLES_COLLECTOR_LISTENER_H_
#define EMBEDDABLES_SAMPLES_COLLECTOR_LISTENER_H_

#include <httplib.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "samples/collector/collector.h"
#include "samples/collector/options.h"

namespace collector {

class Listener {
 public:
  // `collector` outlives it.
  Listener(const Options& options, Collector* collector);

  // Takes the port. False with the reason in *error.
  bool Bind(std::string* error);
  const std::string& url() const { return url_; }
  int port() const { return port_; }
  // Serves until Stop.
  void Run();
  // Any thread, once, after Bind; also before Run. Returns when all connections are closed, and Run
  // is about to return.
  void Stop();

 private:
  const Options& options_;
  Collector* collector_;
  std::unique_ptr<httplib::Server> server_;
  std::intptr_t socket_ = 0;  // the server's
  std::string url_;
  int port_ = 0;
  std::atomic<bool> ended_{false};
};

}  // namespace collector

#endif  // EMBEDDABLES_SAMPLES_COLLECTOR_LISTENER_H_
