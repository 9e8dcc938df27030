#include "platform/last_words.h"

#ifdef EMBEDDABLES_CHECKS

#include <cstdlib>
#include <cstring>

#include "platform/system_windows.h"

namespace embeddables {

void AbortWith(const char* text) {
  // The process ends whether the text could be written or not.
  DWORD written = 0;
  WriteFile(GetStdHandle(STD_ERROR_HANDLE), text, static_cast<DWORD>(std::strlen(text)), &written,
            nullptr);
  std::abort();
}

}  // namespace embeddables

#endif  // EMBEDDABLES_CHECKS
