// Key, project and URL: refused until when, and what asks whether they still are.

#include "agent/send/credentials.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace embeddables {
namespace {

constexpr BootTime kBegun(1'000'000);
constexpr std::int64_t kRetry = 15 * 60'000;

class CredentialsTest : public testing::Test {
 protected:
  Random random_{1};
  Pace pace_{Config(), &random_};
  Credentials credentials_{&pace_};
};

TEST_F(CredentialsTest, ARefusalIsNewsOnceUntilItsTimeIsOver) {
  credentials_.Begin(kBegun);
  EXPECT_FALSE(credentials_.probing()) << "nothing is refused";
  EXPECT_TRUE(credentials_.Refused(kBegun, kRetry));
  EXPECT_FALSE(credentials_.Refused(kBegun + 1, kRetry)) << "a late answer";
  EXPECT_EQ(credentials_.until(), kBegun + kRetry);
  credentials_.Begin(kBegun + kRetry);
  EXPECT_TRUE(credentials_.probing());
  EXPECT_TRUE(credentials_.Refused(kBegun + kRetry, kRetry));
  EXPECT_FALSE(credentials_.probing());
}

TEST_F(CredentialsTest, ANewKeyIsTriedAtOnceAndCountsAnew) {
  EXPECT_FALSE(credentials_.KeyChanged(kBegun)) << "nothing waited for it";
  credentials_.Rejected();
  credentials_.Refused(kBegun, kRetry);
  const std::uint64_t before = credentials_.key();
  EXPECT_TRUE(credentials_.KeyChanged(kBegun));
  EXPECT_NE(credentials_.key(), before);
  EXPECT_LE(credentials_.until(), kBegun);
  EXPECT_TRUE(credentials_.on()) << "until a delivery";
  EXPECT_EQ(credentials_.rejected_in_a_row(), 0u);
}

TEST_F(CredentialsTest, KeysInARowAreProbedLaterAndLaterUntilOneIsAccepted) {
  credentials_.Refused(kBegun, kRetry);
  BootTime now = kBegun;
  for (std::int64_t least = 500; least < 100'000; least *= 2) {
    credentials_.KeyChanged(now);
    const BootTime at = credentials_.until();
    EXPECT_LE(at, now);
    credentials_.Begin(now);
    credentials_.KeyChanged(now);  // while the probe is under way
    EXPECT_GE(credentials_.until(), now + least);
    EXPECT_LE(credentials_.until(), now + 2 * least);
    credentials_.Refused(now, kRetry);
    credentials_.KeyChanged(now);
    EXPECT_LE(credentials_.until(), now + 2 * least) << "another key does not put it off";
    now = credentials_.until();
  }
  credentials_.Begin(now);
  credentials_.Accepted();
  credentials_.Refused(now, kRetry);
  credentials_.KeyChanged(now);
  EXPECT_LE(credentials_.until(), now);
}

TEST_F(CredentialsTest, ASlowRetryOfTheSameKeyPutsNoNewOneOff) {
  BootTime now = kBegun;
  for (int i = 0; i < 10; ++i) {
    credentials_.Refused(now, kRetry);
    now = credentials_.until();
    credentials_.Begin(now);
  }
  credentials_.Refused(now, kRetry);
  credentials_.KeyChanged(now);
  EXPECT_LE(credentials_.until(), now);
}

TEST_F(CredentialsTest, AreRefusedUntilADeliveryHoweverYoungTheBootIs) {
  credentials_.Refused(BootTime(), kRetry);
  EXPECT_TRUE(credentials_.KeyChanged(BootTime()));
  EXPECT_TRUE(credentials_.on());
}

TEST_F(CredentialsTest, ADeliveryEndsItAll) {
  credentials_.Rejected();
  credentials_.Refused(kBegun, kRetry);
  credentials_.Begin(kBegun);
  credentials_.Accepted();
  EXPECT_FALSE(credentials_.on());
  EXPECT_FALSE(credentials_.probing());
  EXPECT_EQ(credentials_.rejected_in_a_row(), 0u);
}

}  // namespace
}  // namespace embeddables
