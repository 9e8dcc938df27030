#include "samples/cli/key.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string>

#include "samples/cli/key_file.h"
#include "samples/cli/print.h"
#include "samples/cli/system.h"

namespace cli {
namespace {

constexpr char kVariable[] = "EMBEDDABLES_API_KEY";

std::string FromVariable() { return Variable(kVariable); }

// systemd keeps a unit's credentials in a folder that nobody else can enter, and gives the unit's
// user access by a list, which shows as the group's bits.
bool IsCredential(const std::string& name) {
  const std::string folder = Variable("CREDENTIALS_DIRECTORY");
  return folder.rfind('/', 0) == 0 && name.rfind(folder + "/", 0) == 0;
}

void WarnOfReaders(const std::string& mode, const std::string& name) {
  if (mode.empty() || IsCredential(name)) return;
  std::fprintf(stderr,
               "warning: others than its owner can use the key file %s (mode %s); chmod 600 it\n",
               Printable(name).c_str(), mode.c_str());
}

// Without blanks at its end.
std::string FirstLine(std::string text) {
  text.erase(std::min(text.find('\n'), text.size()));
  text.erase(text.find_last_not_of(" \t\r") + 1);
  return text;
}

}  // namespace

std::string KeySource(const OptionSet& options) {
  const Given file = options.HowGiven("--key-file");
  const bool by_variable =
      file == Given::kNowhere || (file == Given::kFile && !FromVariable().empty());
  return by_variable ? kVariable : options.Source("--key-file");
}

bool ReadKey(Settings* settings) {
  const std::string key = FromVariable();
  if (!key.empty()) settings->config.api_key = key;
  if (settings->key_file.empty() || KeySource(*settings->options) == kVariable) return true;
  std::string bytes, mode;
  const int error = ReadKeyFile(settings->key_file, &bytes, &mode);
  settings->config.api_key = FirstLine(bytes);
  if (error == 0 && !settings->config.api_key.empty()) {
    WarnOfReaders(mode, settings->key_file);
    return true;
  }
  // NOLINTNEXTLINE(concurrency-mt-unsafe): before any thread is started
  const char* why = error == 0 ? "it begins with an empty line" : std::strerror(error);
  std::fprintf(stderr, "%s: no key can be read from %s: %s\n",
               settings->options->Source("--key-file").c_str(),
               Printable(settings->key_file).c_str(), why);
  return false;
}

}  // namespace cli
