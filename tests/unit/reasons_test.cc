// What is told of a failure, when, and what is shown of it meanwhile.

#include "agent/send/reasons.h"

#include <gtest/gtest.h>

namespace embeddables {
namespace {

constexpr std::int64_t kQuarter = 15 * 60'000;

TEST(Reasons, TheFirstOfAKindIsTold) {
  Reasons reasons;
  EXPECT_TRUE(reasons.Failed(Cause::kServer, 503, "busy", 0));
  EXPECT_FALSE(reasons.Failed(Cause::kServer, 503, "busy", 1));
  EXPECT_TRUE(reasons.Failed(Cause::kNetwork, 0, "no route", 2)) << "of another kind";
  EXPECT_FALSE(reasons.Failed(Cause::kServer, 500, "oops", 10 * kQuarter))
      << "nothing was delivered in between";
}

TEST(Reasons, AgainAfterADeliveryAndAtMostEveryQuarterOfAnHour) {
  Reasons reasons;
  ASSERT_TRUE(reasons.Failed(Cause::kServer, 503, "busy", 0));
  reasons.Delivered();
  EXPECT_FALSE(reasons.Failed(Cause::kServer, 503, "busy", kQuarter - 1));
  EXPECT_TRUE(reasons.Failed(Cause::kServer, 503, "busy", kQuarter));
  EXPECT_FALSE(reasons.Failed(Cause::kServer, 503, "busy", 2 * kQuarter));
}

TEST(Reasons, ANewKeyIsAnotherMatter) {
  Reasons reasons;
  ASSERT_TRUE(reasons.Failed(Cause::kCredentials, 401, "no", 0));
  reasons.TellAgain(Cause::kCredentials);
  EXPECT_TRUE(reasons.Failed(Cause::kCredentials, 401, "no", 1));
}

TEST(Reasons, ProbesDoNotBreakTheTime) {
  Reasons reasons;
  reasons.Failed(Cause::kServer, 503, "busy", 1'000);
  EXPECT_EQ(reasons.Explain(WaitingFor::kServer, 2'000, {}, false, 1'000).since, 1'000);
  reasons.Explain(WaitingFor::kNothing, -1, {}, true, 2'000);  // a probe
  const Holdup holdup = reasons.Explain(WaitingFor::kServer, 5'000, {}, false, 3'000);
  EXPECT_EQ(holdup.since, 1'000);
  const Reason shown = holdup.At(4'000);
  EXPECT_EQ(shown.since.count(), 3'000);
  EXPECT_EQ(shown.next_try.count(), 1'000);
  EXPECT_EQ(shown.http_status, 503);
  EXPECT_STREQ(shown.words, "busy");
  EXPECT_EQ(holdup.At(9'000).next_try.count(), 0) << "not before now";
  reasons.Delivered();
  EXPECT_EQ(reasons.Explain(WaitingFor::kServer, 9'000, {}, false, 8'000).since, 8'000);
}

TEST(Reasons, EachReasonHasItsOwnWords) {
  Reasons reasons;
  reasons.Failed(Cause::kUnknownUser, 404, "nobody", 0);
  reasons.Failed(Cause::kCredentials, 401, "wrong key", 0);
  reasons.Failed(Cause::kServer, 500, "oops", 0);
  reasons.Failed(Cause::kPortal, 511, "log in", 0);
  const auto words = [&reasons](WaitingFor why) {
    return std::string(reasons.Explain(why, -1, "our own", false, 0).reason.words);
  };
  EXPECT_EQ(words(WaitingFor::kUnknownUser), "nobody");
  EXPECT_EQ(words(WaitingFor::kCredentials), "wrong key");
  EXPECT_EQ(words(WaitingFor::kServer), "oops");
  EXPECT_EQ(words(WaitingFor::kBreaker), "log in");
  EXPECT_EQ(words(WaitingFor::kStore), "our own");
  reasons.EraseWords();
  for (const WaitingFor why : {WaitingFor::kUnknownUser, WaitingFor::kCredentials,
                               WaitingFor::kServer, WaitingFor::kBreaker}) {
    const Holdup holdup = reasons.Explain(why, -1, {}, false, 0);
    EXPECT_STREQ(holdup.reason.words, "") << Name(why);
    EXPECT_EQ(holdup.reason.http_status, 0) << Name(why);
  }
}

TEST(Reasons, AreDescribedInOneLine) {
  Reason reason;
  reason.waiting_for = WaitingFor::kServer;
  reason.http_status = 503;
  reason.since = std::chrono::seconds(12);
  reason.next_try = std::chrono::minutes(3);
  EXPECT_EQ(Describe(reason), "server, for 12 s, next try in 3 min: HTTP 503");
  const std::string words = "too busy";
  words.copy(reason.words, sizeof reason.words - 1);
  EXPECT_EQ(Describe(reason), "server, for 12 s, next try in 3 min: HTTP 503: too busy");
  reason = Reason();
  reason.waiting_for = WaitingFor::kOffline;
  EXPECT_EQ(Describe(reason), "offline");
}

}  // namespace
}  // namespace embeddables
