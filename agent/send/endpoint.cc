#include "agent/send/endpoint.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "agent/base/json_text.h"
#include "agent/send/proxy.h"

namespace embeddables {
namespace {

constexpr char kVendorUrl[] = "https://api.embeddables.com";

Status Refuse(std::string_view what, std::string_view detail = {}) {
  return Status(StatusCode::kInvalidArgument, what, detail);
}

bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

bool HasControl(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return true;
  }
  return false;
}

bool IsUnreserved(char c) {  // RFC 3986 section 2.3
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

std::string PercentEncode(std::string_view text) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (IsUnreserved(c)) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

bool IsToken(std::string_view text) {  // RFC 9110 section 5.6.2
  for (const char c : text) {
    if (!IsUnreserved(c) && std::string_view("!#$%&'*+^`|").find(c) == std::string_view::npos) {
      return false;
    }
  }
  return !text.empty();
}

std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

bool IsLoopback(std::string_view host) {
  return Lower(host) == "localhost" || host == "[::1]" ||
         (StartsWith(host, "127.") &&
          host.find_first_not_of("0123456789.") == std::string_view::npos);
}

Status CheckIds(const Config& config) {
  if (!StartsWith(config.project_id, "pr_")) {
    return Refuse("Config::project_id must begin with pr_");
  }
  if (!StartsWith(config.embeddable_id, "flow_")) {
    return Refuse("Config::embeddable_id must begin with flow_");
  }
  const Status key = Endpoint::CheckApiKey(config.api_key);
  if (!key.ok()) return key;
  // The host's own relay may use any key, or none.
  if (config.base_url == kVendorUrl && !StartsWith(config.api_key, "rk_")) {
    return Refuse("Config::api_key must be a restricted key: it begins with rk_");
  }
  return Status();
}

// The part between the scheme and the path.
std::string_view Authority(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  return url.substr(0, url.find('/'));
}

std::string_view Host(std::string_view authority) {
  const std::size_t colon = authority.rfind(':');
  if (colon == std::string_view::npos || authority.back() == ']') return authority;
  return authority.substr(0, colon);
}

// Is it "host[:port]"? libcurl would translate a name that is not ASCII, but only where the host's
// locale is UTF-8.
bool IsHostAndPort(std::string_view authority) {
  std::string_view host = Host(authority);
  const std::string_view digits = authority.substr(std::min(host.size() + 1, authority.size()));
  unsigned port = digits.empty() ? 1 : 0;
  for (const char c : digits) {
    if (c < '0' || c > '9' || port > 6553) return false;
    port = port * 10 + static_cast<unsigned>(c - '0');
  }
  const bool is_ipv6 = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (is_ipv6) host = host.substr(1, host.size() - 2);
  for (const char c : host) {
    if (!IsUnreserved(c) && !(is_ipv6 && (c == ':' || c == '%'))) return false;
  }
  return !host.empty() && port > 0 && port <= 65535;
}

Status CheckUrl(const Config& config) {
  const bool https = StartsWith(config.base_url, "https://");
  if (!https && !StartsWith(config.base_url, "http://")) {
    return Refuse("Config::base_url must begin with https://");
  }
  const std::string_view authority = Authority(config.base_url);
  const std::string_view host = Host(authority);
  if (!IsHostAndPort(authority) ||
      config.base_url.find_first_of(" ?#\"<>\\") != std::string::npos ||
      HasControl(config.base_url)) {
    return Refuse("Config::base_url is not like https://host[:port][/path], with an ASCII host");
  }
  if (!https && !config.allow_plain_http &&
      !(IsLoopback(host) && Endpoint::StaysOnDevice(config))) {
    return Refuse(
        "Config::base_url is plain http, which is for loopback only, and without a Config::proxy "
        "elsewhere; use https or Config::allow_plain_http",
        host);
  }
  return Status();
}

// The form is "sha256//" and 32 bytes as base64, once or more. libcurl would take anything else for
// a file.
bool IsPin(std::string_view pin) {
  constexpr std::string_view kKind = "sha256//";
  constexpr std::size_t kBase64Bytes = 44;
  if (!StartsWith(pin, kKind) || pin.size() != kKind.size() + kBase64Bytes) return false;
  for (const char c : pin.substr(kKind.size(), kBase64Bytes - 1)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!plain && c != '+' && c != '/') return false;
  }
  return pin.back() == '=';
}

Status CheckPins(const Config& config) {
  std::string_view rest = config.pinned_public_key;
  if (rest.empty()) return Status();
  if (!StartsWith(config.base_url, "https://")) {
    return Refuse("Config::pinned_public_key needs an https base_url");
  }
  for (;;) {
    const std::size_t end = rest.find(';');
    if (!IsPin(rest.substr(0, end))) {
      return Refuse("Config::pinned_public_key must be like sha256//BASE64;sha256//BASE64");
    }
    if (end == std::string_view::npos) return Status();
    rest.remove_prefix(end + 1);
  }
}

Status CheckHeaders(const Config& config) {
  for (const auto& header : config.extra_headers) {
    if (!IsToken(header.first) || HasControl(header.second)) {
      return Refuse("Config::extra_headers holds an invalid name or value", header.first);
    }
    const std::string name = Lower(header.first);
    for (const char* ours :
         {"content-type", "content-length", "content-encoding", "accept", "accept-encoding",
          "user-agent", "x-api-key", "host", "expect", "transfer-encoding", "te", "trailer",
          "connection", "keep-alive", "proxy-connection", "upgrade", "http2-settings"}) {
      if (name == ours) return Refuse("Config::extra_headers: the agent sets this one", name);
    }
  }
  return Status();
}

}  // namespace

Status Endpoint::Check(const Config& config) {
  if (config.store_only) return Status();
  Status status = CheckIds(config);
  if (status.ok()) status = CheckUrl(config);
  if (status.ok()) status = CheckPins(config);
  if (status.ok()) status = CheckHeaders(config);
  return status;
}

Status Endpoint::CheckProxy(const Config& config) {
  if (config.proxy.empty() || config.store_only) return Status();
  if (IsHostAndPort(Authority(SplitProxy(config.proxy).url))) return Status();
  return Refuse("Config::proxy is not like [scheme://][user:password@]host[:port]");
}

bool Endpoint::IsOnDevice(const Config& config) {
  return IsLoopback(Host(Authority(config.base_url)));
}

bool Endpoint::StaysOnDevice(const Config& config) {
  const Proxy proxy = SplitProxy(config.proxy);
  return IsLoopback(Host(Authority(proxy.url.empty() ? config.base_url : proxy.url)));
}

Status Endpoint::CheckApiKey(std::string_view key) {
  if (key.size() > 4096) return Refuse("Config::api_key is longer than 4096 bytes");
  if (HasControl(key) || (!key.empty() && (key.front() == ' ' || key.back() == ' '))) {
    return Refuse(
        "Config::api_key holds a control character, perhaps a line end, or a blank at an end");
  }
  return Status();
}

Endpoint::Endpoint(const Config& config)
    : embeddable_id_(config.embeddable_id), event_id_key_(config.event_id_key) {
  url_ = config.base_url;
  while (!url_.empty() && url_.back() == '/') url_.pop_back();
  url_ += "/projects/" + PercentEncode(config.project_id) + "/events";
  headers_ = {"Content-Type: application/json", "Accept: application/json",
              std::string("User-Agent: embeddables-agent/") + kVersion};
  for (const auto& header : config.extra_headers) {
    headers_.push_back(header.first + ": " + header.second);
    AddSecrets(header.second);
  }
  const std::string login = SplitProxy(config.proxy).login;
  AddSecrets(std::string_view(login).substr(login.find(':') + 1));  // npos + 1 is 0
  of_config_ = secrets_.size();
  SetApiKey(config.api_key);
}

void Endpoint::SetApiKey(std::string_view key) {
  event_headers_ = headers_;
  if (!key.empty()) event_headers_.push_back("X-Api-Key: " + std::string(key));
  for (const std::string& each : secrets_) {
    if (each == key) return;
  }
  // The old key stays a secret: requests with it may still be answered.
  AddSecrets(key);
  constexpr std::size_t kMostKeys = 32;
  const auto oldest = static_cast<std::ptrdiff_t>(of_config_);
  while (secrets_.size() > of_config_ + kMostKeys) secrets_.erase(secrets_.begin() + oldest);
}

// Counts every word of the text that could be a key; "Bearer" is none.
void Endpoint::AddSecrets(std::string_view text) {
  constexpr std::size_t kShortest = 7;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (end >= kShortest) secrets_.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

void Endpoint::WriteRequest(const Record& record, std::string_view identifier_key,
                            std::string_view identifier_json, std::int64_t wall_ms,
                            Request* request) const {
  request->url = url_;
  request->headers = event_headers_;
  request->head = false;
  request->body.clear();
  JsonText json(&request->body);
  json.BeginObject();
  json.Key("embeddable_id");
  json.String(embeddable_id_);
  json.Key("timestamp");
  json.String(Iso8601(wall_ms));
  json.Key("custom_event_name");
  json.String(record.name);
  // A string that contains JSON and is never left out: the vendor's API description requires it.
  json.Key("custom_event_props");
  json.BeginText();
  WriteProps(record, event_id_key_, &json);
  json.EndText();
  json.Key("identifiers");
  json.BeginArray();
  json.BeginObject();
  json.Key("key");
  json.String(identifier_key);
  json.Key("value");
  json.String(identifier_json);
  json.EndObject();
  json.EndArray();
  json.EndObject();
}

Request Endpoint::MakeRequest(const Record& record, std::string_view identifier_key,
                              std::string_view identifier_json, std::int64_t wall_ms) const {
  Request request;
  WriteRequest(record, identifier_key, identifier_json, wall_ms, &request);
  return request;
}

Request Endpoint::MakeTimeRequest() const {
  Request request;
  request.url = url_;
  request.headers = headers_;
  request.head = true;
  return request;
}

}  // namespace embeddables
