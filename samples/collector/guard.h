// Who may use the collector's own paths from a browser. Any web page can make its visitor's browser
// ask a server on the visitor's machine: under a name of its own that it lets point there (DNS
// rebinding), or blindly. Pure.

#ifndef EMBEDDABLES_SAMPLES_COLLECTOR_GUARD_H_
#define EMBEDDABLES_SAMPLES_COLLECTOR_GUARD_H_

#include <string>
#include <vector>

namespace collector {

// Is `host`, a Host header, one under which this server is known? These are the names of the
// loopback, what it listens on and the names `allowed`; when it listens on more than the loopback,
// also every address that is written in digits, for no name can be rebound to that.
bool IsOwnHost(const std::string& host, const std::string& listens_on,
               const std::vector<std::string>& allowed);

// Does a request with this Origin header come from the server's own page, or from no page at all?
bool IsOwnOrigin(const std::string& origin, const std::string& host);

}  // namespace collector

#endif  // EMBEDDABLES_SAMPLES_COLLECTOR_GUARD_H_
