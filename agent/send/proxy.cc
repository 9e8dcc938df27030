#include "agent/send/proxy.h"

#include <cstddef>
#include <initializer_list>

#include "agent/send/endpoint.h"
#include "platform/environment.h"

namespace embeddables {
namespace {

std::string FirstSet(std::initializer_list<const char*> names) {
  for (const char* name : names) {
    std::string value = EnvironmentVariable(name);
    if (!value.empty()) return value;
  }
  return std::string();
}

}  // namespace

std::string AdoptProxy(Config* config) {
  const bool own = config->transport != nullptr;  // it knows its own way
  if (own || !config->proxy.empty() || Endpoint::IsOnDevice(*config)) return std::string();
  // HTTP_PROXY does not count: in a CGI program it is a request's header "Proxy".
  config->proxy = config->base_url.rfind("https:", 0) == 0
                      ? FirstSet({"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"})
                      : FirstSet({"http_proxy", "all_proxy", "ALL_PROXY"});
  return FirstSet({"no_proxy", "NO_PROXY"});
}

Proxy SplitProxy(std::string_view text) {
  Proxy proxy{std::string(text), {}};
  const std::size_t at = text.rfind('@');
  if (at == std::string_view::npos) return proxy;
  const std::size_t scheme = text.find("://");
  const std::size_t begin = scheme < text.find(':') + 1 ? scheme + 3 : 0;
  proxy.login = text.substr(begin, at - begin);
  proxy.url.erase(begin, at + 1 - begin);
  return proxy;
}

}  // namespace embeddables
