// The store of one user, beside files of another.

#include <sys/types.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/support/agent_fixture.h"
#include "tests/support/forked.h"

namespace embeddables::test {
namespace {

class OtherUserTest : public AgentTest {
 protected:
  OtherUserTest() {
    config_.flush_interval = milliseconds(10);
    config_.persist_interval = milliseconds(10);
  }
};

// As a command leaves it that was run once with sudo.
TEST_F(OtherUserTest, ALockOfRootsIsToldToEverybodyElse) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root, to be another user";
  constexpr uid_t kNobody = 65534;
  const std::string lock = config_.store_path + ".lock";
  std::ofstream(lock).close();
  std::filesystem::permissions(lock, std::filesystem::perms(0600));
  ASSERT_EQ(chown(directory_.path().c_str(), kNobody, kNobody), 0);
  Forked other([&] {
    if (setgid(kNobody) != 0 || setuid(kNobody) != 0) return 1;
    Start();
    agent_->Identify("email", "ann@example.org");
    Track(3);
    FlushResult result;
    const Status flushed = agent_->Flush(seconds(20), &result);
    EXPECT_EQ(flushed.code(), StatusCode::kUnavailable);
    EXPECT_NE(std::string(flushed.message()).find("events.db.lock"), std::string::npos)
        << flushed.message();
    EXPECT_EQ(result.persisted, 3u);
    EXPECT_EQ(agent_->GetStats().waiting_for, WaitingFor::kStore);
    agent_.reset();
    return HasFailure() ? 2 : 0;
  });
  EXPECT_EQ(other.Wait(), 0);
}

}  // namespace
}  // namespace embeddables::test
