#include "samples/collector/upstream.h"

#include <httplib.h>

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <utility>

namespace collector {
namespace {

std::string InPath(const std::string& text) {
  std::string path;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '_' || c == '-' || c == '.' || c == '~';
    char escaped[4];
    std::snprintf(escaped, sizeof escaped, "%%%02X", static_cast<unsigned char>(c));
    path += plain ? std::string(1, c) : escaped;
  }
  return path;
}

UpstreamAnswer Read(const httplib::Result& result) {
  UpstreamAnswer answer;
  answer.asked = true;
  if (!result) {
    answer.error =
        "the server behind --proxy did not answer: " + httplib::to_string(result.error());
    return answer;
  }
  answer.status = result->status;
  answer.body = result->body;
  answer.content_type = result->get_header_value("Content-Type");
  answer.retry_after = result->get_header_value("Retry-After");
  answer.date = result->get_header_value("Date");
  return answer;
}

}  // namespace

Upstream::Upstream() = default;
Upstream::~Upstream() = default;

bool Upstream::Set(const std::string& url, std::string* error) {
#ifndef CPPHTTPLIB_OPENSSL_SUPPORT
  if (url.rfind("https://", 0) == 0) {
    *error = "this collector was built without OpenSSL, and cannot use --proxy with https";
    return false;
  }
#endif
  *error = "--proxy: not a URL of a server: " + url;
  std::size_t host = 0;
  for (const std::string scheme : {"https://", "http://"}) {
    if (url.compare(0, scheme.size(), scheme) == 0) host = scheme.size();
  }
  if (host == 0 || url.find_first_of("?#@ ", host) != std::string::npos) return false;
  const std::size_t path = url.find('/', host);
  if (path == host || url.size() == host) return false;
  server_ = url.substr(0, path);
  path_ = path == std::string::npos ? "" : url.substr(path);
  while (!path_.empty() && path_.back() == '/') path_.pop_back();
  return httplib::Client(server_).is_valid();
}

std::unique_ptr<httplib::Client> Upstream::Take() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!idle_.empty()) {
      std::unique_ptr<httplib::Client> client = std::move(idle_.back());
      idle_.pop_back();
      return client;
    }
  }
  constexpr std::chrono::seconds kPatience(30);
  auto client = std::make_unique<httplib::Client>(server_);
  client->set_keep_alive(true);
  client->set_tcp_nodelay(true);
  client->set_connection_timeout(kPatience);
  client->set_read_timeout(kPatience);
  client->set_write_timeout(kPatience);
#ifdef CPPHTTPLIB_OPENSSL_SUPPORT
  client->enable_server_certificate_verification(true);
#endif
  return client;
}

UpstreamAnswer Upstream::Send(const EventRequest& request) {
  constexpr std::size_t kMostIdle = 16;
  const auto began = std::chrono::steady_clock::now();
  std::unique_ptr<httplib::Client> client = Take();
  const std::string path = path_ + "/projects/" + InPath(request.project_id) + "/events";
  const httplib::Headers headers = {{"X-Api-Key", request.api_key}};
  UpstreamAnswer answer = Read(
      client->Post(path, headers, request.body.data(), request.body.size(), request.content_type));
  answer.took = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - began);
  const std::lock_guard<std::mutex> lock(mutex_);
  if (answer.error.empty() && idle_.size() < kMostIdle) idle_.push_back(std::move(client));
  return answer;
}

}  // namespace collector
