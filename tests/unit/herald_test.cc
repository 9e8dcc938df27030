// At LogLevel::kDebug each request, answer and next try has its line, without a secret; at other
// levels there is none.

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/courier_fixture.h"

namespace embeddables {
namespace {

using test::Delivered;
using test::Failed;
using test::Http;

using Texts = std::vector<std::string>;

class HeraldDebug : public CourierTest {
 protected:
  void SetUp() override {
    config_.log_level = LogLevel::kDebug;
    config_.api_key = "rk_secret_0123456789";
    CourierTest::SetUp();
  }

  void Answer(const Response& response) {
    courier_->SendNow();
    Step();
    ASSERT_FALSE(transport_.open.empty());
    clock_.Advance(120);
    transport_.AnswerAll(response);
    Step();
  }

  // The debug lines since the last call, with ID in place of each event's id.
  Texts Lines() {
    Texts lines;
    for (LogLine line; reporter_->TakeLog(&line, 1) == 1;) {
      std::string text = line.text;
      for (std::size_t at = text.find("-7"); at != std::string::npos;
           at = text.find("-7", at + 1)) {
        if (at >= 13 && text[at - 5] == '-') text.replace(at - 13, 36, "ID");
      }
      if (line.level == LogLevel::kDebug) lines.push_back(text);
    }
    return lines;
  }
};

TEST_F(HeraldDebug, ARequestAndItsAnswerAreOneLineEach) {
  Track(1);
  Answer(Delivered());
  const Texts lines = Lines();
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0].substr(0, 65),
            "request: ID POST https://api.embeddables.com/projects/pr_x/events");
  EXPECT_NE(lines[0].find(" bytes: an_event"), std::string::npos) << lines[0];
  EXPECT_EQ(lines[1], "answer: ID HTTP 200 after 120 ms");
}

TEST_F(HeraldDebug, AFailureHasItsWordsAndItsNextTry) {
  Track(1);
  Answer(Http(503, R"({"error":{"code":"BUSY","message":"down for an hour"}})"));
  const Texts lines = Lines();
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[1], "answer: ID HTTP 503 after 120 ms: down for an hour");
  EXPECT_EQ(lines[2].substr(0, 16), "next try: ID in ");
}

TEST_F(HeraldDebug, AnAnswerInAnotherFormIsShownByItsFirstWords) {
  Track(1);
  Answer(Http(500, "<html>\x1b[2Jrk_secret_0123456789 does not like a@b.c</html>"));
  const Texts lines = Lines();
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[1],
            "answer: ID HTTP 500 after 120 ms: <html> [2J[secret] does not like "
            "[identifier]</html>");
}

// The identifier may be there in a form in which it is not found.
TEST_F(HeraldDebug, AnAnswerWithEscapesIsNotShown) {
  for (const char* const body :
       {"a\\u0040b.c is odd", "a\\x40b.c is odd", "a&#64;b.c is odd", "a&commat;b.c is odd"}) {
    Make();
    Track(1);
    Answer(Http(500, body));
    const Texts lines = Lines();
    ASSERT_GE(lines.size(), 2u);
    EXPECT_EQ(lines[1].substr(0, 16), "answer: ID HTTP ") << lines[1];
    for (const std::string& line : lines) EXPECT_EQ(line.find("odd"), std::string::npos) << line;
  }
}

TEST_F(HeraldDebug, NoAnswerIsSaidWithItsReasonAndWhatWaits) {
  Track(1);
  Answer(Failed(NetworkError::kConnect));
  const Texts lines = Lines();
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[1].substr(0, 25), "no answer: ID after 120 m") << lines[1];
  EXPECT_EQ(lines[2].substr(0, 25), "next try: one request in ") << lines[2];
  EXPECT_NE(lines[2].find("all others wait for it: no answer came from the endpoint"),
            std::string::npos);
}

TEST_F(HeraldDebug, ARefusedKeySaysWhenItIsTriedAgain) {
  Track(1);
  Answer(Http(401));
  EXPECT_EQ(Lines().back(),
            "next try: one request in 900.0 s, all others wait for it: key, project or URL was "
            "refused");
}

TEST_F(HeraldDebug, NoLineHoldsTheIdentifiersValue) {
  Track(1, "person@here.example");
  Answer(Http(422, R"({"error":{"code":"X","message":"person@here.example is odd"}})"));
  for (const std::string& line : Lines()) {
    EXPECT_EQ(line.find("person@"), std::string::npos) << line;
  }
}

TEST_F(HeraldDebug, AHostThatDoesNotAskGetsNoLine) {
  config_.log_level = LogLevel::kInfo;
  Make();
  Track(1);
  Answer(Delivered());
  EXPECT_EQ(Lines(), Texts());
}

}  // namespace
}  // namespace embeddables
