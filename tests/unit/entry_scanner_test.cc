#include "agent/send/entry_scanner.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>

namespace embeddables {
namespace {

EntryScanner Scan(std::string_view text) {
  EntryScanner scanner;
  scanner.Read(text);
  return scanner;
}

bool Finds(std::string_view text) { return Scan(text).found(); }

TEST(EntryScanner, FindsACompleteStringMemberOfTheOutermostObject) {
  EXPECT_TRUE(Finds(R"({"entry_id":"entry_1"})"));
  EXPECT_TRUE(Finds("\r\n {\n  \"entry_id\" :\t\"\"}"));
  EXPECT_TRUE(Finds(R"({"a":[1,-0.5e+3,true,{"b":null}],"c":{},"d":[],"entry_id":"e"})"));
  EXPECT_TRUE(Finds(R"({"note":"\"entry_id\":5 \\","entry_id":"e"})"));
}

TEST(EntryScanner, FindsNoOtherMember) {
  EXPECT_FALSE(Finds(R"({"entry_id":5})"));
  EXPECT_FALSE(Finds(R"({"entry_id":null,"x":"y"})"));
  EXPECT_FALSE(Finds(R"({"entry_id":["e"]})"));
  EXPECT_FALSE(Finds(R"({"entry_id":{"entry_id":"e"}})"));
  EXPECT_FALSE(Finds(R"({"a":{"entry_id":"e"}})"));
  EXPECT_FALSE(Finds(R"([{"entry_id":"e"}])"));
  EXPECT_FALSE(Finds(R"(["entry_id","e"])"));
  EXPECT_FALSE(Finds(R"("entry_id")"));
  for (const char* key : {"entry_i", "entry_id_", "Entry_id", "", "entry_identry_id"}) {
    EXPECT_FALSE(Finds("{\"" + std::string(key) + "\":\"e\"}")) << key;
  }
}

TEST(EntryScanner, OfSeveralAnyCompleteOneWillDo) {
  EXPECT_TRUE(Finds(R"({"entry_id":1,"entry_id":"e"})"));
  EXPECT_TRUE(Finds(R"({"entry_id":"e","entry_id":1})"));
  EXPECT_TRUE(Finds(R"({"entry_id":[{"entry_id":1}],"entry_id":"e"})"));
}

TEST(EntryScanner, ReadsAKeyThatIsEscaped) {
  EXPECT_TRUE(Finds(R"({"entry\u005fid":"e"})"));
  EXPECT_TRUE(Finds(R"({"\u0065\u006E\u0074\u0072\u0079\u005F\u0069\u0064":"\ud83d\ude00"})"));
  EXPECT_FALSE(Finds(R"({"entry\u015fid":"e"})"));
  EXPECT_FALSE(Finds(R"({"entry_id\u0000":"e"})"));
  EXPECT_FALSE(Finds(R"({"e\u00zz":"x","entry_id":"e"})"));
  EXPECT_FALSE(Finds(R"({"\x":"x","entry_id":"e"})"));
}

TEST(EntryScanner, WhatFollowsChangesNothing) {
  for (const char* rest : {"", "}", ",", ",\"a\":", "<html>", "}}{"}) {
    EXPECT_TRUE(Finds(R"({"entry_id":"e")" + std::string(rest))) << rest;
  }
  EXPECT_TRUE(Finds(std::string(R"({"entry_id":"e"})") + '\0' + "<html>"));
}

TEST(EntryScanner, WhatIsCutBeforeItsEndIsNotComplete) {
  const std::string text = R"({"a":"b","entry_id":"entry_1")";
  for (std::size_t cut = 0; cut < text.size(); ++cut) EXPECT_FALSE(Finds(text.substr(0, cut)));
  EXPECT_TRUE(Finds(text));
}

TEST(EntryScanner, PiecesMayEndAnywhere) {
  const std::string text =
      "\xef\xbb\xbf {\"a\":[-1.5e-7,{\"b\":\"\\u00e9\\n\xc3\xa9\"},false],\"entry\\u005fid\":\"e\"";
  for (std::size_t first = 0; first <= text.size(); ++first) {
    for (std::size_t second = first; second <= text.size(); ++second) {
      EntryScanner scanner;
      scanner.Read(std::string_view(text).substr(0, first));
      scanner.Read(std::string_view(text).substr(first, second - first));
      ASSERT_FALSE(scanner.found() && second < text.size());
      scanner.Read(std::string_view(text).substr(second));
      ASSERT_TRUE(scanner.found()) << first << ", " << second;
    }
  }
}

TEST(EntryScanner, NothingIsFoundBehindWhatIsNotJson) {
  for (const char* before :
       {"a",          "a:1,",        "\"a\" 1,",  "\"a\":01,",      "\"a\":+1,",
        "\"a\":.5,",  "\"a\":1.,",   "\"a\":1e,", "\"a\":--1,",     "\"a\":truer,",
        "\"a\":nul,", "\"a\":[1,],", "\"a\":[1}", "\"a\":{1:2},",   "\"a\":\"\n\",",
        "\"a\":1,,",  ",",           "\"a\":",    "\"a\":{\"b\"},", "\"a\":]"}) {
    EXPECT_FALSE(Finds("{" + std::string(before) + R"("entry_id":"e"})")) << before;
  }
  EXPECT_FALSE(Finds(std::string(R"({"a":1)") + '\0' + R"(,"entry_id":"e"})"));
  EXPECT_FALSE(Finds(R"(<html>{"entry_id":"e"})"));
  EXPECT_FALSE(Finds("\xef\xbb{\"entry_id\":\"e\"}"));
}

TEST(EntryScanner, TakesTextsThatAreNotUtf8) {
  EXPECT_TRUE(Finds("{\"a\":\"\xff\xfe\",\"entry_id\":\"\xc0\"}"));
  EXPECT_TRUE(Finds(R"({"a":"\ud83d","entry_id":"e"})")) << "a text cut in a surrogate pair";
}

TEST(EntryScanner, DepthCostsNoMemoryAndHidesNothing) {
  for (const std::size_t depth : {1u, 62u, 63u, 64u, 65u, 66u, 100'000u}) {
    const std::string open(depth, '['), close(depth, ']');
    const std::string deep = "{\"a\":" + open + "\"]\\\"\"" + close;
    EXPECT_TRUE(Finds(deep + R"(,"entry_id":"e")")) << depth;
    EXPECT_FALSE(Finds(deep + R"(],"entry_id":"e")")) << depth;
    EXPECT_FALSE(Finds("{\"a\":" + open + R"(,"entry_id":"e")")) << depth;
    EXPECT_TRUE(Scan(deep + "}").object()) << depth;
  }
}

TEST(EntryScanner, TellsAnObjectWithoutItFromAllElse) {
  for (const char* text : {"{}", " {\"ok\":true}\n", "{\"entry_id\":5}", "\xef\xbb\xbf{}"}) {
    EXPECT_TRUE(Scan(text).object()) << text;
  }
  for (const char* text : {"", "{", "[]", "1", "{}x", "{}{}", "{\"a\":1", "\"{}\"", "<html>"}) {
    EXPECT_FALSE(Scan(text).object()) << text;
  }
  EXPECT_TRUE(Scan(" \r\n").blank());
  EXPECT_TRUE(Scan("").blank());
  EXPECT_FALSE(Scan("{").blank());
}

}  // namespace
}  // namespace embeddables
