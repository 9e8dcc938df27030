#include "platform/last_words.h"

#ifdef EMBEDDABLES_CHECKS

#include <unistd.h>

#include <cstdlib>
#include <cstring>

namespace embeddables {

void AbortWith(const char* text) {
  // The process ends whether the text could be written or not.
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, text, std::strlen(text));
  std::abort();
}

}  // namespace embeddables

#endif  // EMBEDDABLES_CHECKS
