// A place of the test program's own for memory that outlives processes: what hosts that a test
// kills leave there ends with the program, and is not found by others.

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <system_error>

namespace embeddables::test {
namespace {

class RuntimeDir : public testing::Environment {
 public:
  void SetUp() override {
    std::string form = "/dev/shm/embeddables-test-XXXXXX";
    // Without such a place the agent looks for another, or does without.
    if (mkdtemp(form.data()) == nullptr) return;
    path_ = form;
    maker_ = getpid();
    setenv("XDG_RUNTIME_DIR", path_.c_str(), 1);
  }
  void TearDown() override {
    std::error_code ignored;
    if (!path_.empty() && getpid() == maker_) std::filesystem::remove_all(path_, ignored);
    path_.clear();
  }

 private:
  std::string path_;
  pid_t maker_ = -1;
};

const auto* const kRuntimeDir = testing::AddGlobalTestEnvironment(new RuntimeDir);

}  // namespace
}  // namespace embeddables::test
