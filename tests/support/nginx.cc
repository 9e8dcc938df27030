#include "tests/support/nginx.h"

#include <gtest/gtest.h>
#include <httplib.h>
#include <signal.h>

#include <fstream>

#include "tests/support/collector.h"
#include "tests/support/wait_for.h"

namespace embeddables::test {

Nginx::Nginx(const Certificate& certificate, int backend_port, const std::string& settings)
    : port_(FreePort()) {
  std::ofstream(directory_ / "nginx.conf")
      << "daemon off; worker_processes 1; pid nginx.pid; error_log stderr crit;\n"
      << "events { worker_connections 256; }\n"
      << "http {\n"
      << "  log_format reuse '$connection $connection_requests $server_protocol';\n"
      << "  access_log access.log reuse;\n"
      << "  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;\n"
      << "  uwsgi_temp_path uwsgi; scgi_temp_path scgi;\n"
      << "  upstream collector { server 127.0.0.1:" << backend_port << "; keepalive 32; }\n"
      << "  server {\n"
      << "    listen 127.0.0.1:" << port_ << " ssl http2;\n"
      << "    ssl_certificate " << certificate.certificate << ";\n"
      << "    ssl_certificate_key " << certificate.key << ";\n"
      << "    " << settings << "\n"
      << "    location / {\n"
      << "      proxy_pass http://collector; proxy_http_version 1.1;\n"
      << "      proxy_set_header Connection \"\";\n"
      << "    }\n  }\n}\n";
  process_ = std::make_unique<Process>(std::vector<std::string>{
      "nginx", "-e", "stderr", "-p", directory_.path(), "-c", directory_ / "nginx.conf"});
  httplib::Client client(url());
  client.enable_server_certificate_verification(false);
  EXPECT_TRUE(WaitFor([&] { return static_cast<bool>(client.Get("/_stats")); }));
}

// In order, or its worker stays.
Nginx::~Nginx() {
  process_->Signal(SIGTERM);
  process_->Wait();
}

bool Nginx::Installed() { return RunProcess({"sh", "-c", "command -v nginx >/dev/null"}) == 0; }

std::vector<Nginx::Request> Nginx::Log() const {
  std::vector<Request> all;
  std::ifstream log(directory_ / "access.log");
  for (Request each; log >> each.connection >> each.number >> each.protocol;) {
    if (each.protocol == "HTTP/2.0") all.push_back(each);
  }
  return all;
}

}  // namespace embeddables::test
