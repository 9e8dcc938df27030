#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "samples/cli/system.h"

namespace cli {

void KeepStandardFiles() {
  for (int file = STDIN_FILENO; file <= STDERR_FILENO; ++file) {
    if (fcntl(file, F_GETFD) < 0) open("/dev/null", O_WRONLY);  // takes the lowest free number
  }
}

std::vector<std::string> Arguments(int argc, char** argv) {
  return {argv + std::min(argc, 1), argv + argc};
}

std::string Variable(const std::string& name) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): before any thread is started
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? "" : value;
}

bool ErrorsAreOnTerminal() { return isatty(STDERR_FILENO) != 0; }

bool IsMissing(const std::string& path) {
  struct stat facts {};
  return stat(path.c_str(), &facts) != 0 && errno == ENOENT;
}

const char* const kCheckFiles = "check mode, owner and mount of";
const char* const kConfigFiles =
    "/etc/embeddables/agent.conf, then embeddables/agent.conf in $XDG_CONFIG_HOME or ~/.config";

std::string MachinesConfigFile() { return "/etc/embeddables/agent.conf"; }

std::string UsersConfigFile() {
  const std::string config = Variable("XDG_CONFIG_HOME"), home = Variable("HOME");
  if (config.rfind('/', 0) == 0) return config + "/embeddables/agent.conf";
  return home.rfind('/', 0) == 0 ? home + "/.config/embeddables/agent.conf" : "";
}

}  // namespace cli
