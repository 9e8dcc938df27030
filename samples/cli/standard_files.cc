#include "samples/cli/standard_files.h"

#include <fcntl.h>
#include <unistd.h>

namespace cli {

void KeepStandardFiles() {
  for (int file = STDIN_FILENO; file <= STDERR_FILENO; ++file) {
    if (fcntl(file, F_GETFD) < 0) open("/dev/null", O_WRONLY);  // takes the lowest free number
  }
}

}  // namespace cli
