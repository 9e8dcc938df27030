// What a script gives the command line arrives as it was written, or is refused.

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/collector.h"
#include "tests/support/command_line.h"
#include "tests/support/process.h"

namespace embeddables::test {
namespace {

class CommandLineValues : public CommandLineTest {
 protected:
  CommandLineValues() { PointAt(collector_.url()); }

  // The event's props as the server got them, without the event's id.
  std::string Props(const ReceivedEvent& event) {
    return event.props.substr(0, event.props.find(",\"event_id\"")) + "}";
  }
  // Tracks with these options.
  std::string Tracked(std::vector<std::string> options) {
    collector_.Reset();
    options.insert(options.begin(), {"track", "measured"});
    if (Run(options) != 0) return output_;
    const auto received = collector_.Received();
    return received.size() == 1 ? Props(received[0]) : std::to_string(received.size()) + " events";
  }
  std::string Prop(const std::string& text) { return Tracked({"--prop", "v=" + text}); }
  std::string Time(const std::string& text) {
    collector_.Reset();
    if (Run({"track", "measured", "--at", text}) != 0) return output_;
    return collector_.Received().at(0).timestamp;
  }
  // Tracks lines by --stdin. Returns the exit code.
  int TrackLines(const std::string& lines, std::vector<std::string> options = {}) {
    collector_.Reset();
    options.insert(options.begin(), {"track", "--stdin"});
    const auto process = Begin(options);
    EXPECT_TRUE(process->Write(lines));
    process->CloseInput();
    output_ = process->ReadAll();
    return process->Wait();
  }

  Collector collector_;
};

TEST_F(CommandLineValues, TextWhoseNumberWouldPrintOtherwiseStaysText) {
  for (const char* text : {"1.10",
                           "2.0",
                           "007",
                           "-0",
                           "+5",
                           ".5",
                           "5.",
                           "1e5",
                           "4e5",
                           "12e45678",
                           "1234e56",
                           "12345678901234567890123",
                           "18446744073709551616",
                           "0x10",
                           "inf",
                           "nan",
                           "1.234567890123456789",
                           "NULL",
                           "",
                           " 5",
                           "5 "}) {
    EXPECT_EQ(Prop(text), R"({"v":")" + std::string(text) + R"("})");
  }
}

TEST_F(CommandLineValues, WhatPrintsAsItIsWrittenIsANumber) {
  for (const char* number :
       {"0", "-1", "9007199254740993", "18446744073709551615", "-9223372036854775808", "0.1",
        "5e-324", "1.7976931348623157e308", "-12.5", "true", "false", "null"}) {
    EXPECT_EQ(Prop(number), R"({"v":)" + std::string(number) + "}");
  }
  EXPECT_EQ(Prop("52.374030200000004"), R"({"v":52.37403020000001})") << "the same double";
}

TEST_F(CommandLineValues, ANumberArrivesWithTheDigitsThatItWasWrittenWith) {
  for (const char* number : {"1e+05", "1e-07", "1.5e+300", "1.5e300", "52.374030200000004"}) {
    Prop(number);
    EXPECT_NE(collector_.ReceivedText().find(R"({"v":)" + std::string(number) + ","),
              std::string::npos)
        << collector_.ReceivedText();
  }
}

TEST_F(CommandLineValues, NumberAndMetricAreAlwaysNumbers) {
  EXPECT_EQ(Tracked({"--number", "a=1.10", "--number", "b=4e2", "--number", "c=007"}),
            R"({"a":1.1,"b":400.0,"c":7})");
  Tracked({"--metric", "m=18446744073709551615"});
  EXPECT_NE(
      collector_.Received().at(0).props.find(R"("payload_metrics":{"m":18446744073709551615})"),
      std::string::npos);
  for (const char* wrong : {"five", "", "1e400", "1e-400", "nan", "inf", "+5", "0x10", "5 ", "1,5",
                            "123456789012345678901234567890"}) {
    EXPECT_EQ(Run({"track", "measured", "--number", std::string("v=") + wrong}), 2) << wrong;
    EXPECT_TRUE(Said("--number v: ")) << output_;
    EXPECT_EQ(Run({"track", "measured", "--metric", std::string("v=") + wrong}), 2) << wrong;
    EXPECT_TRUE(Said("--metric v: ")) << output_;
  }
}

TEST_F(CommandLineValues, TextIsAlwaysText) {
  EXPECT_EQ(Tracked({"--text", "a=5", "--text", "b=true", "--text", "c=", "--text", "d=x=y"}),
            R"({"a":"5","b":"true","c":"","d":"x=y"})");
}

TEST_F(CommandLineValues, TwoThousandDoublesArriveAsTheyWere) {
  constexpr int kDoubles = 2000;
  std::mt19937_64 random(7);
  std::ostringstream lines;
  lines.precision(std::numeric_limits<double>::max_digits10);
  std::vector<double> sent;
  while (sent.size() < kDoubles) {
    const std::uint64_t bits = random();
    double number = 0;
    std::memcpy(&number, &bits, sizeof number);
    if (!(number > -1e300 && number < 1e300)) continue;
    if (sent.size() % 2 == 0) number = static_cast<double>(bits >> 11) * 0x1p-53 * 360 - 180;
    lines << R"({"name":"measured","props":{"n":)" << sent.size() << R"(,"v":)" << number << "}}\n";
    sent.push_back(number);
  }
  ASSERT_EQ(TrackLines(lines.str(), {"--timeout", "60"}), 0) << output_;
  int changed = 0;
  const auto received = collector_.Received();
  EXPECT_EQ(received.size(), sent.size());
  for (const ReceivedEvent& event : received) {
    const std::size_t value = event.props.find("\"v\":");
    ASSERT_NE(value, std::string::npos) << event.props;
    const double arrived = std::strtod(event.props.c_str() + value + 4, nullptr);
    if (arrived != sent.at(static_cast<std::size_t>(event.number))) ++changed;
  }
  EXPECT_EQ(changed, 0);
}

TEST_F(CommandLineValues, TimesAsDateAndOthersPrintThem) {
  const char* const noon = "2026-03-01T11:00:00.000Z";
  for (const char* text :
       {"2026-03-01T12:00:00+01:00", "2026-03-01T12:00:00+0100", "2026-03-01T12:00:00+01",
        "2026-03-01 12:00:00+01:00", "2026-03-01 12:00:00 +0100", "2026-03-01T06:30:00-04:30",
        "2026-03-01T11:00:00Z", "2026-03-01t11:00:00z", "2026-03-01T11:00Z", "1772362800",
        "1772362800.000"}) {
    EXPECT_EQ(Time(text), noon) << text;
  }
  EXPECT_EQ(Time("2026-03-01T12:00:00,123456789+01:00"), "2026-03-01T11:00:00.123Z");
  EXPECT_EQ(Time("2026-03-01T11:00:00.5Z"), "2026-03-01T11:00:00.500Z");
  EXPECT_EQ(Time("1772362800.25"), "2026-03-01T11:00:00.250Z");
  EXPECT_EQ(Time("2016-12-31T23:59:60Z"), "2017-01-01T00:00:00.000Z") << "a leap second";
  EXPECT_EQ(Time("2017-01-01T05:29:60+05:30"), "2017-01-01T00:00:00.000Z") << "the same one";
  EXPECT_EQ(Time("2024-02-29T00:00:00Z"), "2024-02-29T00:00:00.000Z");
  std::string date;
  ASSERT_EQ(
      RunProcess({"date", "-Iseconds", "-d", "@1772362800"}, {{"TZ", "Europe/Berlin"}}, &date), 0);
  date.pop_back();  // the line's end
  EXPECT_EQ(Time(date), noon) << date;
}

TEST_F(CommandLineValues, TimesThatDoNotExistAreRefusedWithTheReason) {
  const struct {
    const char* time;
    const char* reason;
  } all[] = {
      {"2026-02-31T00:00:00Z", "no day 31"},
      {"2025-02-29T00:00:00Z", "no day 29"},
      {"2026-04-31T00:00:00Z", "no day 31"},
      {"2026-13-01T00:00:00Z", "no month 13"},
      {"2026-01-01T25:00:00Z", "no hour 25"},
      {"2026-01-01T24:00:00Z", "no hour 24"},
      {"2026-01-01T00:60:00Z", "no minute 60"},
      {"2026-01-01T00:00:60Z", "no second 60"},
      {"2026-01-01T00:00:00", "time zone"},
      {"2026-01-01", "like 2026-01-31T23:59:59"},
      {"yesterday", "like 2026-01-31T23:59:59"},
      {"1772362800123", "milliseconds?"},
      {"9999-01-01T00:00:00Z", "year"},
      {"2026-01-01T00:00:00.Z", "like 2026"},
      {"2026-01-01T00:00:00+01:00x", "like 2026"},
      {".5", "like 2026"},
      {"-.5", "like 2026"},
      {"2026-01-01T12:00:5.25Z", "like 2026"},
      {"2026-01-01T00:00:00+24:00", "no such time zone"},
      {"2026-01-01T00:00:00+01:99", "no such time zone"},
      {"2016-12-31T23:59:60+05:30", "no second 60"},
  };
  for (const auto& each : all) {
    EXPECT_EQ(Run({"track", "measured", "--at", each.time}), 2) << each.time;
    EXPECT_TRUE(Said("--at ") && Said(each.reason)) << each.time << ": " << output_;
  }
  EXPECT_EQ(TrackLines("{\"name\":\"a\",\"timestamp\":\"2026-02-31T00:00:00Z\"}\n"), 3);
  EXPECT_TRUE(Said("line 1: ") && Said("no day 31")) << output_;
  EXPECT_EQ(TrackLines("{\"name\":\"a\",\"timestamp\":\"2026-01-01T12:00:5.25Z\"}\n"), 3);
  EXPECT_TRUE(Said("line 1: ") && Said("like 2026")) << output_;
}

TEST_F(CommandLineValues, ATimestampBeyondWhatAnEventCanHaveIsRefused) {
  for (const char* seconds :
       {"1e11", "-1e11", "9000000001", "9000000000.5", "1e300", "18446744073709551615"}) {
    EXPECT_EQ(TrackLines(R"({"name":"a","timestamp":)" + std::string(seconds) + "}\n"), 3);
    EXPECT_TRUE(Said("line 1: ") && Said("milliseconds?")) << seconds << ": " << output_;
  }
  ASSERT_EQ(TrackLines("{\"name\":\"a\",\"timestamp\":9e9}\n"), 0) << output_;
  EXPECT_EQ(collector_.Received().at(0).timestamp, "2255-03-14T16:00:00.000Z");
}

TEST_F(CommandLineValues, ALineIsTakenWholeOrRefused) {
  using std::string_literals::operator""s;
  EXPECT_EQ(TrackLines("{\"name\":\"a\"}\0{\"name\":\"b\"}\n"s), 3);
  EXPECT_TRUE(Said("line 1: ")) << output_;
  EXPECT_EQ(collector_.CountReceived(), 0u);
  EXPECT_EQ(TrackLines("{\"name\":\"a\",\"embeddable_id\":\"flow_x\"}\n"), 3);
  EXPECT_TRUE(Said("\"embeddable_id\"") && !Said("--embeddable")) << output_;
}

TEST_F(CommandLineValues, ALinesTimestampMayBeSecondsSince1970) {
  ASSERT_EQ(TrackLines(R"({"name":"a","props":{"n":1},"timestamp":1772362800})"
                       "\n"
                       R"({"name":"a","props":{"n":2},"timestamp":1772362800.5})"
                       "\n"
                       R"({"name":"a","props":{"n":3},"timestamp":"2026-03-01T12:00:00+01:00"})"
                       "\n"),
            0)
      << output_;
  for (const ReceivedEvent& event : collector_.Received()) {
    EXPECT_EQ(event.timestamp,
              event.number == 2 ? "2026-03-01T11:00:00.500Z" : "2026-03-01T11:00:00.000Z");
  }
}

TEST_F(CommandLineValues, PropsBesideStdinAreAddedToEachLineAndItsOwnWin) {
  ASSERT_EQ(
      TrackLines(R"({"name":"a","props":{"n":1}})"
                 "\n"
                 R"({"name":"b","props":{"n":2,"site":"own","version":7}})"
                 "\n",
                 {"--prop", "site=17", "--text", "version=1.10", "--number", "k=2", "--metric",
                  "m=1.5", "--dimension", "d=x", "--props-json", R"({"j":[1,2]})"}),
      0)
      << output_;
  const std::string groups = R"("payload_metrics":{"m":1.5},"payload_dimensions":{"d":"x"})";
  const auto received = collector_.Received();
  ASSERT_EQ(received.size(), 2u);
  for (const ReceivedEvent& event : received) {
    EXPECT_EQ(Props(event), event.number == 1
                                ? R"({"n":1,"site":17,"k":2,"version":"1.10","j":[1,2]})"
                                : R"({"n":2,"site":"own","version":7,"k":2,"j":[1,2]})");
    EXPECT_NE(event.props.find(groups), std::string::npos) << event.props;
  }
  EXPECT_EQ(TrackLines("{\"name\":\"a\"}\n", {"--prop", "novalue"}), 2) << "before any line";
  EXPECT_EQ(TrackLines("{\"name\":\"a\"}\n", {"--at", "0"}), 2) << "a line has its own";
}

TEST_F(CommandLineValues, LinesAsWindowsWritesThem) {
  ASSERT_EQ(TrackLines("\xEF\xBB\xBF{\"name\":\"first\"}\r\n{\"name\":\"second\"}\r\n\r\n"
                       "{\"name\":\"third\"}"),
            0)
      << output_;
  EXPECT_EQ(collector_.CountReceived(), 3u);
}

}  // namespace
}  // namespace embeddables::test
