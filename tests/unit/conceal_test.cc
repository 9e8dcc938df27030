// Whom an event is about stays out of what people read.

#include "agent/send/conceal.h"

#include <gtest/gtest.h>

namespace embeddables {
namespace {

std::string Concealed(std::string_view identifier_json, std::string text) {
  ConcealIdentifier(identifier_json, &text);
  return text;
}

TEST(Conceal, TheValueInEveryDress) {
  constexpr char kJson[] = R"("Ann@example.org")";
  EXPECT_EQ(Concealed(kJson, "no entry for Ann@example.org"), "no entry for [identifier]");
  EXPECT_EQ(Concealed(kJson, "xann@EXAMPLE.org,ANN@example.orgx"), "x[identifier],[identifier]x");
  EXPECT_EQ(Concealed(kJson, "GET /u?email=ann%40example.org"), "GET /u?email=[identifier]");
  EXPECT_EQ(Concealed(R"("a\"b\"c/d")", R"(a"b"c/d or a\"b\"c/d)"), "[identifier] or [identifier]");
  EXPECT_EQ(Concealed(R"("\"ann@x.org\"")", "ann@x.org is not known"), "[identifier] is not known");
}

TEST(Conceal, ShortOnesAsWordsOfTheirOwn) {
  EXPECT_EQ(Concealed("17", "user17 of 1733: 17"), "user[identifier] of 1733: [identifier]");
  EXPECT_EQ(Concealed(R"("ann")", "banner for ann."), "banner for [identifier].");
}

TEST(Conceal, NothingIsFoundInNothing) {
  EXPECT_EQ(Concealed("", "a text"), "a text");
  EXPECT_EQ(Concealed(R"("")", "a text"), "a text");
  EXPECT_EQ(Concealed(R"("ann")", ""), "");
}

}  // namespace
}  // namespace embeddables
