#include "samples/collector/guard.h"

#include <algorithm>
#include <cstddef>

#include "samples/collector/system.h"

namespace collector {
namespace {

std::string Lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

// "[::1]:8080" and "localhost:8080" without the port and the brackets.
std::string WithoutPort(const std::string& host) {
  if (!host.empty() && host.front() == '[') {
    const std::size_t end = host.find(']');
    return end == std::string::npos ? host : host.substr(1, end - 1);
  }
  const std::size_t colon = host.find(':');
  return colon == host.rfind(':') ? host.substr(0, colon) : host;
}

bool EndsWith(const std::string& text, const std::string& end) {
  return text.size() > end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

bool IsLoopback(const std::string& name) {
  return name == "localhost" || EndsWith(name, ".localhost") || name == "::1" ||
         (IsAddress(name) && name.rfind("127.", 0) == 0);
}

}  // namespace

bool IsOwnHost(const std::string& host, const std::string& listens_on,
               const std::vector<std::string>& allowed) {
  const std::string name = Lower(WithoutPort(host));
  if (IsLoopback(name) || (!name.empty() && name == Lower(listens_on))) return true;
  if (!IsLoopback(Lower(listens_on)) && IsAddress(name)) return true;
  return std::any_of(allowed.begin(), allowed.end(),
                     [&name](const std::string& each) { return Lower(each) == name; });
}

bool IsOwnOrigin(const std::string& origin, const std::string& host) {
  return origin.empty() || origin == "http://" + host || origin == "https://" + host;
}

}  // namespace collector
