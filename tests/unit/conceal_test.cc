// Whom an event is about, and the key, stay out of what people read.

#include "agent/send/conceal.h"

#include <gtest/gtest.h>

namespace embeddables {
namespace {

std::string Concealed(std::string_view identifier_json, std::string text) {
  Conceal({}, identifier_json, &text);
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

TEST(Conceal, TheValueInsideOfHtml) {
  constexpr char kJson[] = R"("ann+b@example.org")";
  for (const char* shown : {"ann+b&#64;example.org", "ann&#43;b&#x40;example&#46;org",
                            "ann&#X2B;b&commat;example&period;org", "ann&plus;b&#064example.org",
                            "&#97;&#110;&#110;+b@example.org"}) {
    EXPECT_EQ(Concealed(kJson, std::string("<b>") + shown + "</b>"), "<b>[identifier]</b>");
  }
  EXPECT_EQ(Concealed(R"("<a&b>'\"c\"")", "&lt;a&amp;b&gt;&apos;&quot;c&quot; and &lt;a&amp;b"),
            "[identifier] and &lt;a&amp;b");
}

TEST(Conceal, TheValueInsideOfJson) {
  EXPECT_EQ(Concealed(R"("ann@example.org")", R"(\u0061nn\u0040example.org is)"),
            "[identifier] is");
  EXPECT_EQ(Concealed(R"("a/b/c/d/e")", R"(\"a\/b\/c\/d\/e\")"), R"(\"[identifier]\")");
  EXPECT_EQ(Concealed(R"("Zoë😀")", R"(Zo\u00eb\ud83d\ude00 or Zo&#235;&#x1F600;)"),
            "[identifier] or [identifier]");
}

TEST(Conceal, TheValueInsideOfAnAddress) {
  EXPECT_EQ(Concealed(R"("Zoë Ann")", "?a=Zo%C3%AB+Ann&b=zo%c3%ab%20ann"),
            "?a=[identifier]&b=[identifier]");
}

TEST(Conceal, TheValueInSeveralLayers) {
  constexpr char kJson[] = R"("ann@example.org")";
  EXPECT_EQ(Concealed(kJson, "ann%2540example.org, ann&amp;#64;example.org"),
            "[identifier], [identifier]");
  EXPECT_EQ(Concealed(kJson, R"(ann\u0026#64;example.org, ann&#37;40example.org)"),
            "[identifier], [identifier]");
  EXPECT_EQ(Concealed(R"("a%41b&amp;c")", "a%41b&amp;c or a%2541b&amp;amp;c"),
            "[identifier] or [identifier]");
}

TEST(Conceal, WhatIsNoEscapeStays) {
  constexpr char kText[] = R"(% %4 %zz & &# &#; &#x; &#xg &nothing; \ \u \u00 \x &#99999999999;)";
  EXPECT_EQ(Concealed(R"("ann@example.org")", kText), kText);
  EXPECT_EQ(Concealed(R"("ann@example.org")", "100 %"), "100 %");
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

TEST(Conceal, SecretsInEveryDress) {
  std::string text = R"(rk_a\/b/c+= or rk_a%2Fb%2fc%2B%3D or RK_A&#47;b&sol;c\u002b=, rk_a)";
  Conceal({"rk_a/b/c+="}, "", &text);
  EXPECT_EQ(text, "[secret] or [secret] or [secret], rk_a");
}

TEST(Conceal, WhatOverlapsGoesWhole) {
  std::string text = "for ann@example.org-token_1234 and token_1234";
  Conceal({"example.org-token_1234", "token_1234"}, R"("ann@example.org")", &text);
  EXPECT_EQ(text, "for [identifier][secret] and [secret]");
}

}  // namespace
}  // namespace embeddables
