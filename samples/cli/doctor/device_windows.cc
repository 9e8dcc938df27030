#include <windows.h>

// After windows.h, which it needs.
#include <userenv.h>

#include "samples/cli/doctor/device_system.h"
#include "samples/cli/wide_windows.h"

namespace cli {

const char* const kMemoryPlaces = "AppData\\Local of its user's profile";
const char* const kMemoryAdvice =
    "run the program as a user whose profile has a folder AppData\\Local on this machine";

const char* const kNameServers = "ipconfig /all";
const char* const kCertificates = "certmgr.msc";
const char* const kSetClock = "w32tm /resync";

// The library asks the system, not the environment.
std::string MemoryFolder() {
  HANDLE token = nullptr;
  wchar_t profile[MAX_PATH];
  DWORD size = MAX_PATH;
  if (OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token) == 0) return {};
  const bool known = GetUserProfileDirectoryW(token, profile, &size) != 0;
  CloseHandle(token);
  if (!known) return {};
  const std::string folder = Narrow(profile) + "\\AppData\\Local";
  const DWORD found = GetFileAttributesW(WidePath(folder).c_str());
  const bool is_folder =
      found != INVALID_FILE_ATTRIBUTES && (found & FILE_ATTRIBUTE_DIRECTORY) != 0;
  return is_folder ? folder : "";
}

// Windows tells of it to administrators alone.
std::vector<Wear> ReadWear() { return {}; }

}  // namespace cli
