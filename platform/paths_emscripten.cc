#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <limits>
#include <string>

#include "platform/paths.h"
#include "platform/private_file_posix.h"

namespace embeddables {

// Nothing that is written here outlives the page unless its host sees to it, and only the host
// knows for which file it does.
std::string UserStateDirectory() { return std::string(); }

bool MakePrivateFile(const std::string& file, std::string* error, const std::string&) {
  struct stat facts {};
  if (lstat(file.c_str(), &facts) == 0) {
    if (S_ISREG(facts.st_mode)) return true;
    *error = S_ISDIR(facts.st_mode) ? "a folder has its name; remove it" : "not a file";
    return false;
  }
  const int made = open(file.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600);
  if (made < 0) {
    *error = SystemError();
    return false;
  }
  close(made);
  return true;
}

// There are no other users.
Privacy KeepOthersOut(const std::string&) { return Privacy::kWas; }

// The system invents numbers; how much memory the page may still have is not known.
std::uint64_t FreeBytes(const std::string&) { return std::numeric_limits<std::uint64_t>::max(); }

std::int64_t ModifiedNs(const std::string& path) {
  struct stat facts {};
  if (lstat(path.c_str(), &facts) != 0) return 0;
  return std::int64_t{facts.st_mtim.tv_sec} * 1'000'000'000 + facts.st_mtim.tv_nsec;
}

bool IsWritable(const std::string&) { return true; }

bool IsNetworkFileSystem(const std::string&) { return false; }

// One program has the files for itself.
std::uint64_t NamespaceOfPaths() { return 1; }

}  // namespace embeddables
