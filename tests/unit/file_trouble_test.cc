#include "agent/worker/file_trouble.h"

#include <gtest/gtest.h>

#include <string>

namespace embeddables {
namespace {

class FileTroubleTest : public testing::Test {
 protected:
  // The next message to the host; empty: there is none.
  std::string Told() {
    Outcome outcome;
    return reporter_.TakeOutcomes(&outcome, 1) == 1 ? outcome.message : "";
  }

  Config config_;
  Reporter reporter_{config_};
  FileTrouble trouble_{" cannot be opened: ", ". Nobody sends"};
};

TEST_F(FileTroubleTest, IsToldOnceAndAgainAfterItWasOver) {
  trouble_.Set("/a.lock", "no permission", reporter_);
  EXPECT_EQ(Told(), "/a.lock cannot be opened: no permission. Nobody sends");
  trouble_.Set("/a.lock", "no permission", reporter_);
  EXPECT_EQ(Told(), "");
  trouble_.Set("/a.lock", "", reporter_);
  EXPECT_EQ(trouble_.told(), "");
  trouble_.Set("/a.lock", "no permission", reporter_);
  EXPECT_EQ(Told(), trouble_.told());
}

TEST_F(FileTroubleTest, ALongPathLeavesRoomForTheAdvice) {
  trouble_.Set("/" + std::string(500, 'x') + "/events.lock", "no permission", reporter_);
  const std::string told = Told();
  EXPECT_NE(told.find("/events.lock cannot be opened: no permission. Nobody sends"),
            std::string::npos);
}

}  // namespace
}  // namespace embeddables
