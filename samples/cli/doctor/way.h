// The way to the server as the settings and the environment have it, and what must not be shown.

#ifndef EMBEDDABLES_SAMPLES_CLI_DOCTOR_WAY_H_
#define EMBEDDABLES_SAMPLES_CLI_DOCTOR_WAY_H_

#include <embeddables/agent.h>

#include <string>
#include <vector>

#include "samples/cli/options.h"

namespace cli {

struct Way {
  std::string host;  // of base_url, without port and brackets
  bool https = false;
  bool is_address = false;
  std::string proxy;     // the one in use, without user and password; empty: none
  std::string proxy_by;  // the option or variable that names it
};

bool IsLoopback(const std::string& host);
Way FindWay(const Settings& settings);

// Hides the key, the values of headers, the proxy's password and the person wherever they stand in
// a text that others wrote, and makes it safe to print.
class Discretion {
 public:
  Discretion(const embeddables::Config& config, const std::string& identifier);
  std::string Show(std::string text) const;

 private:
  std::vector<std::string> secrets_;
};

}  // namespace cli

#endif  // EMBEDDABLES_SAMPLES_CLI_DOCTOR_WAY_H_
