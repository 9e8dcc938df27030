#include "agent/base/utf8.h"

#include <gtest/gtest.h>

namespace embeddables {
namespace {

std::string Repair(std::string_view text) { return RepairUtf8(text); }

TEST(Utf8, LeavesValidTextAlone) {
  for (const char* text : {"", "plain", "äöü", "€", "\xF0\x9F\x98\x80", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_EQ(Repair(text), text);
  }
}

// The examples of Unicode 15, section 3.9, tables 3-8 to 3-11.
TEST(Utf8, ReplacesEachMaximalIllFormedPart) {
  const std::string r = "\xEF\xBF\xBD";
  EXPECT_EQ(Repair("\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41"), r + r + r + r + r + r + r + r + "A");
  EXPECT_EQ(Repair("\xED\xA0\x80\xED\xBF\xBF\xED\xAF\x41"), r + r + r + r + r + r + r + r + "A");
  EXPECT_EQ(Repair("\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42"), r + r + r + r + r + "A" + r + r + "B");
  EXPECT_EQ(Repair("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41"), r + r + r + r + "A");
  EXPECT_EQ(Repair("ab\xC3"), "ab" + r);
}

TEST(Printable, IsOneShortValidLine) {
  EXPECT_EQ(Printable("fine", 10), "fine");
  const std::string text = Printable("line\nand\ttab\x01 \xFF end", 200);
  EXPECT_EQ(text.find_first_of("\n\t\x01"), std::string::npos);
  EXPECT_EQ(Printable("a\u009b31m\u2028b\u202ec\u2066d", 40), "a 31m b c d");
  EXPECT_EQ(Printable("\u00a0\u00e9\u2020\u20ac", 40), "\u00a0\u00e9\u2020\u20ac");
  EXPECT_LE(Printable(std::string(1000, 'x'), 200).size(), 200u);
  const std::string cut = Printable("ääääää", 5);
  EXPECT_LE(cut.size(), 5u);
  EXPECT_EQ(Repair(cut), cut);
}

}  // namespace
}  // namespace embeddables
