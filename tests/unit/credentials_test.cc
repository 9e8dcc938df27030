// Key, project and URL: refused until when, and what asks whether they still are.

#include "agent/send/credentials.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace embeddables {
namespace {

constexpr BootTime kNow(1'000'000);
constexpr std::int64_t kRetry = 15 * 60'000;

TEST(Credentials, ARefusalIsNewsOnceUntilItsTimeIsOver) {
  Credentials credentials;
  credentials.Begin();
  EXPECT_FALSE(credentials.probing()) << "nothing is refused";
  EXPECT_TRUE(credentials.Refused(kNow, kRetry));
  EXPECT_FALSE(credentials.Refused(kNow + 1, kRetry)) << "a late answer";
  EXPECT_EQ(credentials.until(), kNow + kRetry);
  credentials.Begin();
  EXPECT_TRUE(credentials.probing());
  EXPECT_TRUE(credentials.Refused(kNow + kRetry, kRetry));
  EXPECT_FALSE(credentials.probing());
}

TEST(Credentials, ANewKeyIsTriedAtOnceAndCountsAnew) {
  Credentials credentials;
  EXPECT_FALSE(credentials.KeyChanged(kNow)) << "nothing waited for it";
  credentials.Rejected();
  credentials.Refused(kNow, kRetry);
  const std::uint64_t before = credentials.key();
  EXPECT_TRUE(credentials.KeyChanged(kNow));
  EXPECT_NE(credentials.key(), before);
  EXPECT_LE(credentials.until(), kNow);
  EXPECT_TRUE(credentials.on()) << "until a delivery";
  EXPECT_EQ(credentials.rejected_in_a_row(), 0u);
}

TEST(Credentials, AreRefusedUntilADeliveryHoweverYoungTheBootIs) {
  Credentials credentials;
  credentials.Refused(BootTime(), kRetry);
  EXPECT_TRUE(credentials.KeyChanged(BootTime()));
  EXPECT_TRUE(credentials.on());
}

TEST(Credentials, ADeliveryEndsItAll) {
  Credentials credentials;
  credentials.Rejected();
  credentials.Refused(kNow, kRetry);
  credentials.Begin();
  credentials.Accepted();
  EXPECT_FALSE(credentials.on());
  EXPECT_FALSE(credentials.probing());
  EXPECT_EQ(credentials.rejected_in_a_row(), 0u);
}

}  // namespace
}  // namespace embeddables
