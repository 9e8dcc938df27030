// A disk that is as full as min_free_bytes lets it become: old rows go for new, or nothing is
// taken.

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/store_fixture.h"

namespace embeddables {
namespace {

using test::StoreTest;

class StoreRoom : public StoreTest {
 protected:
  void SetUp() override {
    Open();
    Identify("a@b.c");
  }

  void FillTheDisk() {
    config_.min_free_bytes = std::uint64_t{1} << 62;
    NameSettings();
  }
  void Fill(int count) {
    for (int i = 0; i < count; ++i) AppendOne("an_event", {}, 10'000);
  }
};

TEST_F(StoreRoom, NothingIsTakenWhereTheLogCannotGrow) {
  FillTheDisk();
  EXPECT_FALSE(store_->inbox().Begin(1'000'000));
  EXPECT_NE(std::string(store_->message()).find("min_free_bytes"), std::string::npos)
      << store_->message();
  store_->inbox().Rollback();
  EXPECT_EQ(store_->ledger().accepted, 0u);
  config_.min_free_bytes = 0;
  NameSettings();
  AppendOne("an_event");
  EXPECT_EQ(Fetch().size(), 1u);
}

TEST_F(StoreRoom, TheOldestRowsGoForNewOnesWhereTheLogCanBeWrittenOver) {
  Fill(100);
  FillTheDisk();
  AppendOne("the_newest", {}, 10'000);
  const std::vector<StoredEvent> events = Fetch();
  ASSERT_FALSE(events.empty());
  EXPECT_EQ(Name(events.back()), "the_newest");
  EXPECT_GT(Dropped(DropReason::kByteBound), 0u);
  EXPECT_EQ(events.size() + Dropped(DropReason::kByteBound), 101u);
}

TEST_F(StoreRoom, WhereNothingIsLeftToGoNothingIsTaken) {
  Fill(3);
  FillTheDisk();
  EXPECT_FALSE(store_->inbox().Begin(200'000));
  store_->inbox().Rollback();
  EXPECT_NE(std::string(store_->message()).find("disk is full"), std::string::npos)
      << store_->message();
  EXPECT_EQ(Fetch().size(), 3u) << "nothing was evicted in vain";
}

}  // namespace
}  // namespace embeddables
