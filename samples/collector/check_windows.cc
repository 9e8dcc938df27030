#include <cstdio>
#include <string>
#include <vector>

#include "samples/collector/check.h"

namespace collector {

int Check(const std::vector<std::string>&, const std::vector<std::string>&) {
  std::fprintf(stderr,
               "embeddables-collector: check does not run on Windows yet; run it on Linux\n");
  return 2;
}

}  // namespace collector
