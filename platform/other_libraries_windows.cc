#include <string>

#include "platform/other_libraries.h"
#include "platform/paths.h"
#include "platform/system_windows.h"

namespace embeddables {

std::string PathForLibraries(const std::string& path) {
  return IsAbsolute(path) ? NarrowText(WidePath(path)) : path;
}

bool IsHeldAlone(const std::string& path) {
  Handle file = OpenFileAt(path, GENERIC_READ | GENERIC_WRITE, OPEN_EXISTING);
  const bool held = !file.ok() && GetLastError() == ERROR_SHARING_VIOLATION;
  Drop(&file);
  return held;
}

bool MeansInUse(int system_error) {
  return system_error == ERROR_SHARING_VIOLATION || system_error == ERROR_LOCK_VIOLATION;
}

std::string WordsOf(int system_error) { return SystemError(static_cast<DWORD>(system_error)); }

}  // namespace embeddables
