// The real nginx in front of a collector: HTTP/2 over TLS, with a log of its connections.

#ifndef EMBEDDABLES_TESTS_SUPPORT_NGINX_H_
#define EMBEDDABLES_TESTS_SUPPORT_NGINX_H_

#include <memory>
#include <string>
#include <vector>

#include "tests/support/certificates.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace embeddables::test {

class Nginx {
 public:
  // `settings`: directives for the server, e.g. "keepalive_requests 7;".
  Nginx(const Certificate& certificate, int backend_port, const std::string& settings = "");
  ~Nginx();
  static bool Installed();
  std::string url() const { return "https://127.0.0.1:" + std::to_string(port_); }

  struct Request {
    int connection = 0;    // its serial number
    int number = 0;        // of the request on its connection
    std::string protocol;  // "HTTP/2.0"
  };
  // What was answered so far.
  std::vector<Request> Log() const;

 private:
  TempDir directory_;
  int port_;
  std::unique_ptr<Process> process_;
};

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_SUPPORT_NGINX_H_
