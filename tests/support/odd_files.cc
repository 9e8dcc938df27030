#include "tests/support/odd_files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace embeddables::test {

bool MakeLink(const std::string& path, const std::string& target) {
  EXPECT_EQ(symlink(target.c_str(), path.c_str()), 0);
  return true;
}

bool MakeFifo(const std::string& path) {
  EXPECT_EQ(mkfifo(path.c_str(), 0600), 0);
  return true;
}

}  // namespace embeddables::test
