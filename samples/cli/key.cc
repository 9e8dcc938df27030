#include "samples/cli/key.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "samples/cli/print.h"

namespace cli {
namespace {

constexpr char kVariable[] = "EMBEDDABLES_API_KEY";

// Null if it is not set, or empty.
const char* FromVariable() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): before any thread is started
  const char* key = std::getenv(kVariable);
  return key == nullptr || key[0] == '\0' ? nullptr : key;
}

// systemd keeps a unit's credentials in a folder that nobody else can enter, and gives the unit's
// user access by a list, which shows as the group's bits.
bool IsCredential(const std::string& name) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): before any thread is started
  const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
  return folder != nullptr && folder[0] == '/' && name.rfind(std::string(folder) + "/", 0) == 0;
}

// Asks of the open file, for the name may lead elsewhere a moment later. A pipe's mode says
// nothing.
void WarnOfReaders(int file, const std::string& name) {
  struct stat facts {};
  constexpr mode_t kOthers = S_IRWXG | S_IRWXO;
  if (fstat(file, &facts) != 0 || !S_ISREG(facts.st_mode) || (facts.st_mode & kOthers) == 0) return;
  if (IsCredential(name)) return;
  std::fprintf(stderr,
               "warning: others than its owner can use the key file %s (mode %04o); chmod 600 it\n",
               Printable(name).c_str(), static_cast<unsigned>(facts.st_mode & 07777));
}

// The first line, without blanks at its end.
bool ReadFirstLine(int file, std::string* line) {
  char bytes[5000];
  std::size_t size = 0;
  for (;;) {
    const ssize_t got = read(file, bytes + size, sizeof bytes - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return false;
    size += static_cast<std::size_t>(got);
    if (got == 0 || size == sizeof bytes) break;
  }
  line->assign(bytes, size);
  line->erase(std::min(line->find('\n'), line->size()));
  line->erase(line->find_last_not_of(" \t\r") + 1);
  return true;
}

}  // namespace

std::string KeySource(const OptionSet& options) {
  const Given file = options.HowGiven("--key-file");
  const bool by_variable =
      file == Given::kNowhere || (file == Given::kFile && FromVariable() != nullptr);
  return by_variable ? kVariable : options.Source("--key-file");
}

bool ReadKey(Settings* settings) {
  const char* key = FromVariable();
  if (key != nullptr) settings->config.api_key = key;
  if (settings->key_file.empty() || KeySource(*settings->options) == kVariable) return true;
  const int file = open(settings->key_file.c_str(), O_RDONLY | O_CLOEXEC);
  errno = file < 0 ? errno : 0;
  const bool read = file >= 0 && ReadFirstLine(file, &settings->config.api_key);
  if (!read || settings->config.api_key.empty()) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): before any thread is started
    const char* why = read ? "it begins with an empty line" : std::strerror(errno);
    std::fprintf(stderr, "%s: no key can be read from %s: %s\n",
                 settings->options->Source("--key-file").c_str(),
                 Printable(settings->key_file).c_str(), why);
  } else {
    WarnOfReaders(file, settings->key_file);
  }
  if (file >= 0) close(file);
  return read && !settings->config.api_key.empty();
}

}  // namespace cli
