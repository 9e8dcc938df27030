// The server behind --proxy: what was found right is sent on to it.

#ifndef EMBEDDABLES_SAMPLES_COLLECTOR_UPSTREAM_H_
#define EMBEDDABLES_SAMPLES_COLLECTOR_UPSTREAM_H_

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "samples/collector/contract.h"
#include "samples/collector/exchange.h"

namespace httplib {
class Client;
}  // namespace httplib

namespace collector {

// Any thread. Certificates are verified against the system's authorities, and those that
// SSL_CERT_FILE and SSL_CERT_DIR name.
class Upstream {
 public:
  Upstream();
  ~Upstream();
  Upstream(const Upstream&) = delete;
  Upstream& operator=(const Upstream&) = delete;

  // "https://host", "http://host:port/path". False: that is no such URL, as *error says.
  bool Set(const std::string& url, std::string* error);
  bool is_set() const { return !server_.empty(); }
  // Blocks until there is an answer, or 30 s long.
  UpstreamAnswer Send(const EventRequest& request);

 private:
  std::unique_ptr<httplib::Client> Take();

  std::string server_, path_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<httplib::Client>> idle_;  // each has a connection that it keeps
};

}  // namespace collector

#endif  // EMBEDDABLES_SAMPLES_COLLECTOR_UPSTREAM_H_
