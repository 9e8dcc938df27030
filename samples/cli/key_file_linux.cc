#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "samples/cli/key_file.h"

namespace cli {
namespace {

// Asks of the open file, for the name may lead elsewhere a moment later. A pipe's mode says
// nothing.
std::string ModeForOthers(int file) {
  struct stat facts {};
  constexpr mode_t kOthers = S_IRWXG | S_IRWXO;
  if (fstat(file, &facts) != 0 || !S_ISREG(facts.st_mode) || (facts.st_mode & kOthers) == 0) {
    return {};
  }
  char text[8];
  std::snprintf(text, sizeof text, "%04o", static_cast<unsigned>(facts.st_mode & 07777));
  return text;
}

int ReadStart(int file, std::string* text) {
  char bytes[kMostKeyFileBytes];
  std::size_t size = 0;
  for (;;) {
    const ssize_t got = read(file, bytes + size, sizeof bytes - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno;
    size += static_cast<std::size_t>(got);
    if (got == 0 || size == sizeof bytes) break;
  }
  text->assign(bytes, size);
  return 0;
}

}  // namespace

int ReadKeyFile(const std::string& name, std::string* bytes, std::string* mode) {
  const int file = open(name.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return errno;
  const int error = ReadStart(file, bytes);
  *mode = ModeForOthers(file);
  close(file);
  return error;
}

}  // namespace cli
