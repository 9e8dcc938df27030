// What is told of a failure, when, and what is shown of it meanwhile.

#include "agent/send/reasons.h"

#include <gtest/gtest.h>

namespace embeddables {
namespace {

constexpr BootTime kStart;
constexpr std::int64_t kQuarterHour = 15 * 60'000;

TEST(Reasons, TheFirstOfAKindIsTold) {
  Reasons reasons;
  EXPECT_TRUE(reasons.Failed(Cause::kServer, 503, "busy", kStart));
  EXPECT_FALSE(reasons.Failed(Cause::kServer, 503, "busy", kStart + 1));
  EXPECT_TRUE(reasons.Failed(Cause::kNetwork, 0, "no route", kStart + 2)) << "of another kind";
  EXPECT_FALSE(reasons.Failed(Cause::kServer, 500, "oops", kStart + 10 * kQuarterHour))
      << "nothing was delivered in between";
}

TEST(Reasons, AgainAfterADeliveryAndAtMostEveryQuarterOfAnHour) {
  Reasons reasons;
  ASSERT_TRUE(reasons.Failed(Cause::kServer, 503, "busy", kStart));
  reasons.Delivered();
  EXPECT_FALSE(reasons.Failed(Cause::kServer, 503, "busy", kStart + kQuarterHour - 1));
  EXPECT_TRUE(reasons.Failed(Cause::kServer, 503, "busy", kStart + kQuarterHour));
  EXPECT_FALSE(reasons.Failed(Cause::kServer, 503, "busy", kStart + 2 * kQuarterHour));
}

TEST(Reasons, ANewKeyIsAnotherMatter) {
  Reasons reasons;
  ASSERT_TRUE(reasons.Failed(Cause::kCredentials, 401, "no", kStart));
  reasons.TellAgain(Cause::kCredentials);
  EXPECT_TRUE(reasons.Failed(Cause::kCredentials, 401, "no", kStart + 1));
}

TEST(Reasons, ProbesDoNotBreakTheTime) {
  Reasons reasons;
  reasons.Failed(Cause::kServer, 503, "busy", kStart + 1'000);
  EXPECT_EQ(reasons.Explain(WaitingFor::kServer, kStart + 2'000, {}, false, kStart + 1'000).since,
            kStart + 1'000);
  reasons.Explain(WaitingFor::kNothing, BootTime::Never(), {}, true, kStart + 2'000);  // a probe
  const Holdup holdup =
      reasons.Explain(WaitingFor::kServer, kStart + 5'000, {}, false, kStart + 3'000);
  EXPECT_EQ(holdup.since, kStart + 1'000);
  const Reason shown = holdup.At(kStart + 4'000);
  EXPECT_EQ(shown.since.count(), 3'000);
  EXPECT_EQ(shown.next_try.count(), 1'000);
  EXPECT_EQ(shown.http_status, 503);
  EXPECT_STREQ(shown.words, "busy");
  EXPECT_EQ(holdup.At(kStart + 9'000).next_try.count(), 0) << "not before now";
  reasons.Delivered();
  EXPECT_EQ(reasons.Explain(WaitingFor::kServer, kStart + 9'000, {}, false, kStart + 8'000).since,
            kStart + 8'000);
}

TEST(Reasons, EachReasonHasItsOwnWords) {
  Reasons reasons;
  reasons.Failed(Cause::kUnknownUser, 404, "nobody", kStart);
  reasons.Failed(Cause::kCredentials, 401, "wrong key", kStart);
  reasons.Failed(Cause::kServer, 500, "oops", kStart);
  reasons.Failed(Cause::kPortal, 511, "log in", kStart);
  const auto words = [&reasons](WaitingFor why) {
    return std::string(
        reasons.Explain(why, BootTime::Never(), "our own", false, kStart).reason.words);
  };
  EXPECT_EQ(words(WaitingFor::kUnknownUser), "nobody");
  EXPECT_EQ(words(WaitingFor::kCredentials), "wrong key");
  EXPECT_EQ(words(WaitingFor::kServer), "oops");
  EXPECT_EQ(words(WaitingFor::kBreaker), "log in");
  EXPECT_EQ(words(WaitingFor::kStore), "our own");
  reasons.EraseWords();
  for (const WaitingFor why : {WaitingFor::kUnknownUser, WaitingFor::kCredentials,
                               WaitingFor::kServer, WaitingFor::kBreaker}) {
    const Holdup holdup = reasons.Explain(why, BootTime::Never(), {}, false, kStart);
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
