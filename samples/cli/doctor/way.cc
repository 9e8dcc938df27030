#include "samples/cli/doctor/way.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdlib>
#include <sstream>

#include "samples/cli/print.h"

namespace cli {

using embeddables::Config;

namespace {

std::string FromEnvironment(const char* name) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): no thread is started yet
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string Lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

std::string AfterScheme(const std::string& url) {
  const std::size_t scheme = url.find("://");
  return scheme == std::string::npos ? url : url.substr(scheme + 3);
}

std::string HostOf(const std::string& url) {
  std::string rest = AfterScheme(url);
  rest.resize(std::min(rest.size(), rest.find_first_of("/?#")));
  rest.erase(0, rest.rfind('@') + 1);  // npos + 1 is 0
  if (!rest.empty() && rest.front() == '[') return rest.substr(1, rest.find(']') - 1);
  return rest.substr(0, rest.find(':'));
}

std::string UserOf(const std::string& url) {
  const std::string rest = AfterScheme(url);
  const std::size_t at = rest.rfind('@');
  return at == std::string::npos ? "" : rest.substr(0, at);
}

bool IsAddress(const std::string& host) {
  return host.find(':') != std::string::npos ||
         host.find_first_not_of("0123456789.") == std::string::npos;
}

// As libcurl reads no_proxy: names and their subdomains, between commas or blanks; * for all.
bool GoesDirectly(const std::string& host) {
  std::string list = FromEnvironment("no_proxy");
  if (list.empty()) list = FromEnvironment("NO_PROXY");
  std::replace(list.begin(), list.end(), ',', ' ');
  std::istringstream entries(Lower(list));
  for (std::string entry; entries >> entry;) {
    if (entry == "*") return true;
    entry.erase(0, entry.find_first_not_of('.'));
    const std::string name = Lower(host);
    const bool ends = name.size() >= entry.size() &&
                      name.compare(name.size() - entry.size(), entry.size(), entry) == 0;
    if (ends && (name.size() == entry.size() || name[name.size() - entry.size() - 1] == '.')) {
      return true;
    }
  }
  return false;
}

// The variables and their order are libcurl's; HTTP_PROXY may be a request's header in a CGI.
void FindProxyOfEnvironment(Way* way) {
  const std::vector<const char*> names =
      way->https ? std::vector<const char*>{"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}
                 : std::vector<const char*>{"http_proxy", "all_proxy", "ALL_PROXY"};
  for (const char* name : names) {
    way->proxy = FromEnvironment(name);
    way->proxy_by = name;
    if (!way->proxy.empty()) return;
  }
}

std::string WithoutUser(const std::string& url) {
  const std::string user = UserOf(url);
  const std::size_t at = user.empty() ? std::string::npos : url.find(user + "@");
  return at == std::string::npos ? url : url.substr(0, at) + url.substr(at + user.size() + 1);
}

}  // namespace

bool IsLoopback(const std::string& host) {
  return Lower(host) == "localhost" || host == "::1" ||
         (host.rfind("127.", 0) == 0 && IsAddress(host));
}

Way FindWay(const Settings& settings) {
  const Config& config = settings.config;
  Way way;
  way.host = HostOf(config.base_url);
  way.https = config.base_url.rfind("https://", 0) == 0;
  way.is_address = IsAddress(way.host);
  if (!config.proxy.empty()) {
    way.proxy = config.proxy;
    way.proxy_by = settings.options->Source("--proxy");
  } else if (!IsLoopback(way.host) && !GoesDirectly(way.host)) {
    FindProxyOfEnvironment(&way);
  }
  way.proxy = WithoutUser(way.proxy);
  return way;
}

Discretion::Discretion(const Config& config, const std::string& identifier) {
  secrets_.push_back(config.api_key);
  for (const auto& header : config.extra_headers) secrets_.push_back(header.second);
  for (const std::string& proxy : {config.proxy, FromEnvironment("https_proxy"),
                                   FromEnvironment("HTTPS_PROXY"), FromEnvironment("http_proxy"),
                                   FromEnvironment("all_proxy"), FromEnvironment("ALL_PROXY")}) {
    const std::string user = UserOf(proxy);
    secrets_.push_back(user);
    secrets_.push_back(user.substr(std::min(user.size(), user.find(':') + 1)));
  }
  const std::size_t equals = identifier.find('=');
  if (equals != std::string::npos) secrets_.push_back(identifier.substr(equals + 1));
}

std::string Discretion::Show(std::string text) const {
  constexpr char kShown[] = "[secret]";
  for (const std::string& secret : secrets_) {
    if (secret.empty()) continue;
    for (std::size_t at = text.find(secret); at != std::string::npos;
         at = text.find(secret, at + sizeof kShown - 1)) {
      text.replace(at, secret.size(), kShown);
    }
  }
  return Printable(text);
}

}  // namespace cli
