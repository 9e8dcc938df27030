#include "agent/event/event.h"

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <clocale>
#include <cmath>
#include <limits>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/listed.h"

namespace embeddables {
namespace {

using test::Listed;

EventRules Rules() {
  EventRules rules;
  rules.event_id_key = "event_id";
  return rules;
}

Status Check(std::string_view name, Listed props, const EventOptions& options = {},
             const EventRules& rules = Rules()) {
  std::size_t bytes = 0;
  return MeasureEvent(rules, name, props, options, &bytes);
}

std::string Encode(std::string_view name, Listed props, const EventOptions& options = {},
                   const EventRules& rules = Rules(), const EventStamp& stamp = {}) {
  std::size_t bytes = 0;
  const Status status = MeasureEvent(rules, name, props, options, &bytes);
  EXPECT_TRUE(status.ok()) << status.message();
  std::string record(bytes + 16, '\x5a');
  EncodeEvent(rules, name, props, options, stamp, record.data());
  // Exactly what was measured: the guard behind it is untouched.
  EXPECT_EQ(record.substr(bytes), std::string(16, '\x5a'));
  record.resize(bytes);
  return record;
}

std::string Json(Listed props, const EventRules& rules = Rules()) {
  const std::string bytes = Encode("a_name", props, {}, rules);
  Record record;
  EXPECT_TRUE(DecodeRecord(bytes, &record));
  return PropsJson(record, "");
}

TEST(EventName, MustBeSnakeCase) {
  for (const char* good : {"a", "level_complete", "a1", "a_1", "x2_y3"}) {
    EXPECT_TRUE(Check(good, {}).ok()) << good;
  }
  for (const char* bad : {"", "A", "1a", "_a", "a_", "a__b", "a-b", "a b", "ä", "aB", "a.b"}) {
    const Status status = Check(bad, {});
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument) << bad;
    EXPECT_NE(std::string(status.message()).find("name"), std::string::npos) << status.message();
  }
  EXPECT_TRUE(Check(std::string(100, 'a'), {}).ok());
  EXPECT_FALSE(Check(std::string(101, 'a'), {}).ok());
}

TEST(EventProps, PrintEachType) {
  EXPECT_EQ(Json({{"i", -3},
                  {"u", 18446744073709551615u},
                  {"d", 1.5},
                  {"t", true},
                  {"f", false},
                  {"s", "x\"y"},
                  {"n", nullptr}}),
            R"({"i":-3,"u":18446744073709551615,"d":1.5,"t":true,"f":false,"s":"x\"y","n":null})");
}

TEST(EventProps, IntegersAreNeverPrintedAsDoubles) {
  EXPECT_EQ(Json({{"x", std::int64_t{9007199254740993}}}), R"({"x":9007199254740993})");
  EXPECT_EQ(Json({{"x", std::numeric_limits<std::int64_t>::min()}}),
            R"({"x":-9223372036854775808})");
  EXPECT_EQ(Json({{"c", static_cast<short>(7)}, {"e", static_cast<signed char>(97)}}),
            R"({"c":7,"e":97})");
}

TEST(EventProps, DoublesReadBackExactlyAndAreNeverIntegers) {
  for (const double value : {0.1, 1.0, -0.0, 1e300, 5e-324, 3.141592653589793}) {
    rapidjson::Document document;
    const std::string json = Json({{"x", value}});
    document.Parse<rapidjson::kParseFullPrecisionFlag>(json.c_str());
    ASSERT_FALSE(document.HasParseError()) << json;
    EXPECT_TRUE(document["x"].IsDouble()) << json;
    EXPECT_EQ(document["x"].GetDouble(), value) << json;
  }
}

TEST(EventProps, NotANumberAndInfinityBecomeNull) {
  EXPECT_EQ(Json({{"a", std::nan("")}, {"b", HUGE_VAL}, {"c", -HUGE_VALF}}),
            R"({"a":null,"b":null,"c":null})");
}

TEST(EventProps, InvalidUtf8IsRepaired) {
  EXPECT_EQ(Json({{"s", "a\xFFz"}, {"k\xC3", 1}}),
            "{\"s\":\"a\xEF\xBF\xBDz\",\"k\xEF\xBF\xBD\":1}");
  EXPECT_EQ(Json({{"s", std::string_view("a\0b", 3)}}), "{\"s\":\"a\\u0000b\"}");
}

TEST(EventProps, ANullPointerIsNull) {
  const char* nothing = nullptr;
  EXPECT_EQ(Json({{"s", nothing}}), R"({"s":null})");
}

TEST(EventProps, NumbersPrintTheSameInEveryLocale) {
  const std::string before = Json({{"d", 1234.5}});
  bool tried = false;
  for (const char* locale : {"de_DE.UTF-8", "fr_FR.UTF-8", "C.UTF-8"}) {
    if (std::setlocale(LC_ALL, locale) == nullptr) continue;
    tried = true;
    EXPECT_EQ(Json({{"d", 1234.5}}), before) << locale;
  }
  std::setlocale(LC_ALL, "C");
  EXPECT_TRUE(tried);
}

TEST(EventProps, RawJsonIsValidatedAndKept) {
  EXPECT_EQ(Json({{"r", Raw(R"( {"a" : [1, 2.50, "x"]} )")}}).find(R"({"r":)"), 0u);
  for (const char* bad : {"", "{", "nul", "[1,]", "{} x", "'a'", "[1] [2]"}) {
    const Status status = Check("a", {{"my_key", Raw(bad)}});
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument) << bad;
    EXPECT_NE(std::string(status.message()).find("my_key"), std::string::npos) << status.message();
  }
  EXPECT_FALSE(Check("a", {{"k", Raw(std::string_view("1\0 2", 4))}}).ok());
}

TEST(EventProps, RawDepthIsCapped) {
  const std::string deep(16, '['), closed(16, ']');
  EXPECT_TRUE(Check("a", {{"k", Raw(deep + closed)}}).ok());
  EXPECT_FALSE(Check("a", {{"k", Raw("[" + deep + closed + "]")}}).ok());
  // Deep enough to break a recursive parser's stack.
  EXPECT_FALSE(Check("a", {{"k", Raw(std::string(30'000, '['))}}).ok());
}

TEST(EventProps, MetricsAndDimensionsGoIntoTheirGroups) {
  EXPECT_EQ(
      Json({{"p", 1}, Metric("seconds", 61.5), Dimension("mode", "hard"), Metric("n", 2)}),
      R"({"p":1,"payload_metrics":{"seconds":61.5,"n":2},"payload_dimensions":{"mode":"hard"}})");
  EXPECT_FALSE(Check("a", {Metric("m", "text")}).ok());
  EXPECT_FALSE(Check("a", {Dimension("d", 1)}).ok());
  EXPECT_FALSE(Check("a", {Metric("m", 1), {"payload_metrics", Raw("{}")}}).ok());
}

TEST(EventProps, RefusalNamesTheKey) {
  EXPECT_STREQ(Check("a", {{"x", 1}, {"x", 2}}).message(), "a prop occurs twice: x");
  EXPECT_NE(std::string(Check("a", {{"event_id", 1}}).message()).find("event_id"),
            std::string::npos);
  EXPECT_FALSE(Check("a", {{"", 1}}).ok());
  EXPECT_FALSE(Check("a", {{std::string(101, 'k'), 1}}).ok());
  EXPECT_FALSE(Check("a", std::vector<Prop>(65, Prop("k", 1))).ok());
}

TEST(EventProps, SizeIsCapped) {
  EventRules rules = Rules();
  rules.max_event_bytes = 1024;
  EXPECT_TRUE(Check("a", {{"k", std::string(900, 'x')}}, {}, rules).ok());
  const Status status = Check("a", {{"k", std::string(1100, 'x')}}, {}, rules);
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_NE(std::string(status.message()).find("max_event_bytes"), std::string::npos)
      << status.message();
}

TEST(PropList, OwnsItsTexts) {
  const std::string text(100, 'a'), key(90, 'k');
  PropList list;
  {
    std::string gone = text, gone_key = key;
    list = {{gone_key, gone}};
    list.Add("text", gone).Add(Metric(gone_key + "2", 1.5)).Add("raw", Raw("[\"" + gone + "\"]"));
    gone.assign(gone.size(), 'x');
    gone_key.assign(gone_key.size(), 'x');
  }
  PropList copy = list;
  list.clear();
  EXPECT_TRUE(list.empty());
  const PropList moved = std::move(copy);
  const auto quoted = [](const std::string& each) { return '"' + each + '"'; };
  EXPECT_EQ(Json(moved), "{" + quoted(key) + ":" + quoted(text) + ",\"text\":" + quoted(text) +
                             ",\"raw\":[" + quoted(text) + "],\"payload_metrics\":{" +
                             quoted(key + "2") + ":1.5}}");
}

TEST(Value, ConvertsAsPeopleExpect) {
  enum class Small : std::uint8_t { kTwo = 2 };
  enum Negative { kMinus = -1 };
  char buffer[] = "text";
  char* pointer = buffer;
  EXPECT_EQ(Json({{"a", Small::kTwo}, {"b", kMinus}, {"c", 1.5L}, {"d", pointer}, {"e", buffer}}),
            R"({"a":2,"b":-1,"c":1.5,"d":"text","e":"text"})");
}

TEST(CommonProps, JoinEachEventUnlessItSaysOtherwise) {
  EventRules rules = Rules();
  const std::vector<Prop> common = {{"app", "demo"}, {"build", 7}};
  ASSERT_TRUE(EncodeProps(common, "event_id", &rules.common_props).ok());
  rules.common_count = 2;
  EXPECT_EQ(Json({{"x", 1}, {"build", 8}}, rules), R"({"x":1,"build":8,"app":"demo"})");
}

TEST(CommonProps, AreCheckedLikeOthers) {
  std::string encoded;
  const std::vector<Prop> bad = {{"event_id", 1}};
  EXPECT_FALSE(EncodeProps(bad, "event_id", &encoded).ok());
}

TEST(EventId, IsAVersion7UuidInProps) {
  EventStamp stamp;
  MakeEventId(0x0123456789AB, 1, 2, 3, &stamp);
  const std::string bytes = Encode("a", {}, {}, Rules(), stamp);
  Record record;
  ASSERT_TRUE(DecodeRecord(bytes, &record));
  char text[37];
  FormatEventId(record.id, text);
  const std::string id = text;
  EXPECT_EQ(id.substr(0, 15), "01234567-89ab-7");
  EXPECT_NE(std::string("89ab").find(id[19]), std::string::npos);
  EXPECT_EQ(PropsJson(record, "my_id"), "{\"my_id\":\"" + id + "\"}");
  EXPECT_EQ(PropsJson(record, ""), "{}");
}

TEST(EventId, DiffersBySerialAndSeed) {
  std::set<std::pair<std::uint64_t, std::uint64_t>> seen;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    for (std::uint64_t serial = 0; serial < 1000; ++serial) {
      EventStamp stamp;
      MakeEventId(1'770'000'000'000, seed, 99, serial, &stamp);
      seen.insert({stamp.id_high, stamp.id_low});
    }
  }
  EXPECT_EQ(seen.size(), 10'000u);
}

TEST(Identifier, IsMadeJsonOnce) {
  EXPECT_EQ(ValueJson("a@b.c"), R"("a@b.c")");
  EXPECT_EQ(ValueJson(R"(a"b)"), R"("a\"b")");
  EXPECT_EQ(ValueJson(42), "42");
}

TEST(Identifier, IsChecked) {
  const std::string too_long(1025, 'x');
  EXPECT_TRUE(CheckIdentifier({"email", "a@b.c"}).ok());
  EXPECT_TRUE(CheckIdentifier({"user", 5}).ok());
  EXPECT_FALSE(CheckIdentifier({"", "a"}).ok());
  EXPECT_FALSE(CheckIdentifier({"email", ""}).ok());
  EXPECT_FALSE(CheckIdentifier({"email", nullptr}).ok());
  EXPECT_FALSE(CheckIdentifier({"email", 1.5}).ok());
  EXPECT_FALSE(CheckIdentifier({"email", too_long}).ok());
}

TEST(Iso8601Time, HasMillisecondsAndZ) {
  EXPECT_EQ(Iso8601(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(Iso8601(1'769'903'999'999), "2026-01-31T23:59:59.999Z");
  EXPECT_EQ(Iso8601(951'782'400'001), "2000-02-29T00:00:00.001Z");
  EXPECT_EQ(Iso8601(-1), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(Iso8601(std::numeric_limits<std::int64_t>::max()).substr(0, 4), "9999");
  EXPECT_EQ(Iso8601(std::numeric_limits<std::int64_t>::min()).substr(0, 4), "0001");
}

TEST(Record, SurvivesTheRoundTrip) {
  EventOptions options;
  options.priority = Priority::kCritical;
  options.identifier = {"email", "a@b.c"};
  EventStamp stamp;
  stamp.wall_ms = 12;
  stamp.boot_ms = 34;
  const std::string bytes = Encode("a_name", {{"x", 1}}, options, Rules(), stamp);
  Record record;
  ASSERT_TRUE(DecodeRecord(bytes, &record));
  EXPECT_EQ(record.kind, RecordKind::kEvent);
  EXPECT_EQ(record.priority, Priority::kCritical);
  EXPECT_EQ(record.wall_ms, 12);
  EXPECT_EQ(record.boot_ms, 34);
  EXPECT_TRUE(record.has_identifier);
  EXPECT_EQ(record.identifier.key, "email");
  EXPECT_EQ(record.identifier.value.text(), "a@b.c");
  EXPECT_EQ(record.name, "a_name");
}

// Records come back from disk: no truncation and no changed byte may be read past the end.
TEST(Record, DamageIsNeverReadPastTheEnd) {
  EventOptions options;
  options.identifier = {"email", "a@b.c"};
  const std::string whole = Encode("a_name", {{"x", 1}, {"s", "text"}, {"r", Raw("[1]")}}, options);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::string cut(whole, 0, size);
    Record record;
    EXPECT_FALSE(DecodeRecord(cut, &record)) << size;
  }
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = whole;
      changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
      Record record;
      if (DecodeRecord(changed, &record)) PropsJson(record, "event_id");
    }
  }
}

TEST(Record, ADamagedNameIsNoRecord) {
  std::string bytes = Encode("level_complete", {});
  Record record;
  ASSERT_TRUE(DecodeRecord(bytes, &record));
  bytes[bytes.find("level")] = '\xff';
  EXPECT_FALSE(DecodeRecord(bytes, &record));
}

}  // namespace
}  // namespace embeddables
