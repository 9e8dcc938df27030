// JSON as it is written, and JSON within JSON.

#include "agent/base/json_text.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <limits>

namespace embeddables {
namespace {

std::string Quoted(std::string_view text) {
  std::string out;
  JsonText json(&out);
  json.String(text);
  return out;
}

std::string QuotedTwice(std::string_view text) {
  std::string out;
  JsonText json(&out);
  json.BeginText();
  json.String(text);
  json.EndText();
  return out;
}

TEST(JsonText, WritesObjectsAndArrays) {
  std::string out;
  JsonText json(&out);
  json.BeginObject();
  json.Key("a");
  json.Int(-1);
  json.Key("b");
  json.BeginArray();
  json.Uint(std::numeric_limits<std::uint64_t>::max());
  json.BeginObject();
  json.EndObject();
  json.Double(0.5);
  json.EndArray();
  json.Key("c");
  json.Double(std::numeric_limits<double>::infinity());
  json.EndObject();
  EXPECT_EQ(out, R"({"a":-1,"b":[18446744073709551615,{},0.5],"c":null})");
}

TEST(JsonText, EscapesEachByteThatNeedsItWhereverItStands) {
  for (int byte = 0; byte < 0x80; ++byte) {
    const bool plain = byte >= 0x20 && byte != '"' && byte != '\\';
    for (std::size_t length = 1; length < 20; ++length) {
      for (std::size_t at = 0; at < length; ++at) {
        std::string text(length, 'x');
        text[at] = static_cast<char>(byte);
        EXPECT_EQ(Quoted(text) == '"' + text + '"', plain) << byte << " at " << at;
      }
    }
  }
  EXPECT_EQ(Quoted(std::string_view("\0\x1f\"\\\b\f\n\r\t/\x7f", 11)),
            "\"\\u0000\\u001F\\\"\\\\\\b\\f\\n\\r\\t/\x7f\"");
}

TEST(JsonText, WritesJsonWithinAString) {
  std::string out;
  JsonText json(&out);
  json.BeginObject();
  json.Key("props");
  json.BeginText();
  json.BeginObject();
  json.Key("a\"b");
  json.String("back\\slash\n");
  json.Key("raw");
  json.Raw("{\"x\":\n[1]}");
  json.EndObject();
  json.EndText();
  json.Key("more");
  json.Int(1);
  json.EndObject();
  EXPECT_EQ(out, R"({"props":"{\"a\\\"b\":\"back\\\\slash\\n\",\"raw\":{\"x\":\n[1]}}","more":1})");
}

TEST(JsonText, EscapingTwiceIsEscapingWhatWasEscaped) {
  for (const std::string_view text :
       {std::string_view("plain"), std::string_view("q\"u\\o\te\x01", 8),
        std::string_view("\xc3\xa9\"")}) {
    EXPECT_EQ(QuotedTwice(text), Quoted(Quoted(text)));
  }
}

TEST(JsonText, RepairsWhatIsNotUtf8) {
  EXPECT_EQ(Quoted("caf\xc3\xa9"), "\"caf\xc3\xa9\"");
  EXPECT_EQ(Quoted("caf\xc3"), "\"caf\xef\xbf\xbd\"");
  EXPECT_EQ(Quoted("12345678\xff"), "\"12345678\xef\xbf\xbd\"");
}

}  // namespace
}  // namespace embeddables
