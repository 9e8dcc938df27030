#include <windows.h>

#include <cstdint>
#include <string>
#include <system_error>

#include "samples/cli/try_now.h"
#include "samples/cli/wide_windows.h"

namespace cli {
namespace {

constexpr std::int64_t kGapSeconds = 60;
constexpr std::int64_t kTicksPerSecond = 10'000'000;

std::int64_t Seconds(const FILETIME& time) {
  const auto ticks = static_cast<std::uint64_t>(time.dwHighDateTime) << 32 | time.dwLowDateTime;
  return static_cast<std::int64_t>(ticks) / kTicksPerSecond;
}

std::string SystemError() {
  return std::system_category().message(static_cast<int>(GetLastError()));
}

// Nobody else has the file open meanwhile: of two processes that ask at once, one waits.
HANDLE OpenAlone(const std::wstring& path, bool* made) {
  for (;;) {
    const HANDLE file = CreateFileW(path.c_str(), GENERIC_READ | GENERIC_WRITE, 0, nullptr,
                                    OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL, nullptr);
    *made = GetLastError() != ERROR_ALREADY_EXISTS;
    if (file != INVALID_HANDLE_VALUE || GetLastError() != ERROR_SHARING_VIOLATION) return file;
    Sleep(20);
  }
}

}  // namespace

bool MayTryNow(const std::string& store, std::string* why) {
  if (store.empty()) {
    *why = "there is no store's file to remember it by";
    return false;
  }
  const std::string path = store + ".now";
  bool may = false;  // whoever makes it is the first
  const HANDLE file = OpenAlone(Wide(path), &may);
  if (file == INVALID_HANDLE_VALUE) {
    *why = path + ": " + SystemError();
    return false;
  }
  FILETIME now{}, then{};
  GetSystemTimeAsFileTime(&now);
  if (!may && GetFileTime(file, nullptr, nullptr, &then) != 0) {
    const std::int64_t ago = Seconds(now) - Seconds(then);
    may = ago < 0 || ago >= kGapSeconds;
    if (!may)
      *why = "that was done " + std::to_string(ago) + " s ago, and once a minute is allowed";
  }
  if (may && SetFileTime(file, nullptr, nullptr, &now) == 0) {
    *why = path + ": " + SystemError();
    may = false;
  }
  CloseHandle(file);
  return may;
}

}  // namespace cli
