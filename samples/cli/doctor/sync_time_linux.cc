#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "samples/cli/doctor/sync_time.h"

namespace cli {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

std::string LastError() { return std::generic_category().message(errno); }

int OpenNameless(const std::string& folder) {
  const int file = open(folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
  if (file >= 0 || (errno != EOPNOTSUPP && errno != EISDIR)) return file;
  // Not every file system has files without a name.
  std::string path = folder + "/.embeddables-doctor-XXXXXX";
  const int named = mkostemp(path.data(), O_CLOEXEC);
  if (named >= 0) unlink(path.c_str());
  return named;
}

}  // namespace

SyncTime MeasureSync(const std::string& folder) {
  constexpr int kTimes = 3;
  SyncTime time;
  const int file = OpenNameless(folder);
  bool good = file >= 0;
  const std::array<char, 4096> page{};
  for (int i = 0; good && i < kTimes; ++i) {
    const auto begin = steady_clock::now();
    good = pwrite(file, page.data(), page.size(), 0) == static_cast<ssize_t>(page.size()) &&
           fsync(file) == 0;
    time.longest = std::max(time.longest, duration_cast<milliseconds>(steady_clock::now() - begin));
  }
  if (!good) time.why = LastError();
  time.done = good;
  if (file >= 0) close(file);
  return time;
}

}  // namespace cli
