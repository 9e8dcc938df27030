#include "agent/store/own_rows.h"

#include <gtest/gtest.h>

#include "tests/support/store_fixture.h"

namespace embeddables {
namespace {

TEST(OwnRows, KnowsItsRowsAmongThoseOfOthers) {
  OwnRows rows;
  EXPECT_FALSE(rows.Has(1));
  rows.Add({});
  rows.Add({3, 4});
  rows.Add({5, 5});
  rows.Add({9, 12});
  EXPECT_EQ(rows.ranges().size(), 2u) << "those that touch are one";
  for (const int own : {3, 4, 5, 9, 12}) EXPECT_TRUE(rows.Has(own)) << own;
  for (const int other : {1, 2, 6, 8, 13}) EXPECT_FALSE(rows.Has(other)) << other;
}

TEST(OwnRows, BeyondItsBoundItTakesTooManyForItsOwnNeverTooFew) {
  OwnRows rows;
  for (std::int64_t i = 0; i <= static_cast<std::int64_t>(OwnRows::kMost); ++i) {
    rows.Add({10 * i + 1, 10 * i + 2});
  }
  EXPECT_EQ(rows.ranges().size(), OwnRows::kMost);
  for (std::int64_t i = 0; i <= static_cast<std::int64_t>(OwnRows::kMost); ++i) {
    EXPECT_TRUE(rows.Has(10 * i + 1) && rows.Has(10 * i + 2)) << i;
  }
  EXPECT_TRUE(rows.Has(5)) << "between the two oldest";
  EXPECT_FALSE(rows.Has(15));
}

TEST(OwnRows, WhoseNumbersAreLostMayBeAny) {
  OwnRows rows;
  rows.Lose();
  EXPECT_TRUE(rows.Has(7));
}

}  // namespace
}  // namespace embeddables
