#include <embeddables/agent.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace embeddables {
namespace {

TEST(Status, IsOkByDefault) {
  const Status status;
  EXPECT_TRUE(status.ok());
  EXPECT_STREQ(status.message(), "");
}

TEST(Status, JoinsMessageAndDetail) {
  const Status status(StatusCode::kInvalidArgument, "a prop occurs twice", "level");
  EXPECT_FALSE(status.ok());
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_STREQ(status.message(), "a prop occurs twice: level");
}

TEST(Status, CutsBetweenCharacters) {
  for (std::size_t pad = 0; pad < 8; ++pad) {
    const Status status(StatusCode::kNotFound, std::string(230 + pad, 'x'), "äöü€");
    const std::string text = status.message();
    ASSERT_LT(text.size(), 239u);
    // No character was cut in its middle: what follows the x's is whole.
    std::string rest = text.substr(text.find_last_of('x') + 1);
    if (!rest.empty()) rest = rest.substr(2);
    EXPECT_TRUE(std::string("äöü€").compare(0, rest.size(), rest) == 0);
    EXPECT_TRUE(rest.empty() || rest == "ä" || rest == "äö" || rest == "äöü" || rest == "äöü€");
  }
}

// All that an enumeration holds from 0 on: each its own word, and nothing after the last.
template <class Enum>
int CountNames() {
  std::set<std::string> names;
  for (int i = 0;; ++i) {
    const std::string name = Name(static_cast<Enum>(i));
    if (name == "unknown") return i;
    EXPECT_TRUE(names.insert(name).second) << name;
    EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), std::string::npos) << name;
  }
}

TEST(Names, AreKnownForEveryValue) {
  EXPECT_EQ(CountNames<DropReason>(), static_cast<int>(kDropReasons));
  EXPECT_GE(CountNames<WaitingFor>(), static_cast<int>(WaitingFor::kServer) + 1);
  EXPECT_GE(CountNames<OutcomeKind>(), static_cast<int>(OutcomeKind::kStoreFile) + 1);
  EXPECT_STREQ(Name(WaitingFor::kOtherProcess), "other_process");
  EXPECT_STREQ(Name(OutcomeKind::kStoreRecovered), "store_recovered");
  EXPECT_STREQ(Name(OutcomeKind::kStoreDamaged), "store_damaged");
}

}  // namespace
}  // namespace embeddables
