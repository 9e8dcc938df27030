#include <cstddef>
#include <ctime>
#include <string>

#include "platform/environment.h"
#include "platform/system_windows.h"

namespace embeddables {

std::string EnvironmentVariable(const char* name) {
  const std::wstring wide = WideText(name);
  std::wstring value(256, L'\0');
  for (;;) {
    const DWORD size =
        GetEnvironmentVariableW(wide.c_str(), value.data(), static_cast<DWORD>(value.size()));
    const bool fits = size < value.size();
    value.resize(size);
    if (fits) return NarrowText(value);
  }
}

void SettleTimeZone() { _tzset(); }

}  // namespace embeddables
