#include <windows.h>

#include <algorithm>
#include <array>
#include <system_error>

#include "samples/cli/doctor/sync_time.h"
#include "samples/cli/wide_windows.h"

namespace cli {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

std::string SystemError() {
  return std::system_category().message(static_cast<int>(GetLastError()));
}

// A file has a name here, but it goes with its handle, also when the process is killed.
HANDLE OpenPassing(const std::string& folder) {
  const std::string name = "\\embeddables-doctor-" + std::to_string(GetCurrentProcessId());
  return CreateFileW(WidePath(folder + name).c_str(), GENERIC_WRITE | DELETE, 0, nullptr,
                     CREATE_NEW, FILE_ATTRIBUTE_HIDDEN | FILE_FLAG_DELETE_ON_CLOSE, nullptr);
}

bool WritePage(HANDLE file) {
  const std::array<char, 4096> page{};
  constexpr DWORD kSize = page.size();
  DWORD written = 0;
  return SetFilePointer(file, 0, nullptr, FILE_BEGIN) == 0 &&
         WriteFile(file, page.data(), kSize, &written, nullptr) != 0 && written == kSize &&
         FlushFileBuffers(file) != 0;
}

}  // namespace

SyncTime MeasureSync(const std::string& folder) {
  constexpr int kTimes = 3;
  SyncTime time;
  const HANDLE file = OpenPassing(folder);
  bool good = file != INVALID_HANDLE_VALUE;
  for (int i = 0; good && i < kTimes; ++i) {
    const auto begin = steady_clock::now();
    good = WritePage(file);
    time.longest = std::max(time.longest, duration_cast<milliseconds>(steady_clock::now() - begin));
  }
  if (!good) time.why = SystemError();
  time.done = good;
  if (file != INVALID_HANDLE_VALUE) CloseHandle(file);
  return time;
}

}  // namespace cli
