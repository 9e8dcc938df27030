#include "agent/send/http_date.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <ctime>
#include <limits>
#include <string>

namespace embeddables::test {
namespace {

constexpr std::int64_t kExample = 784'111'777;

TEST(HttpDate, TheThreeFormsOfTheStandardAreOneTime) {
  EXPECT_EQ(ParseHttpDate("Sun, 06 Nov 1994 08:49:37 GMT"), kExample);
  EXPECT_EQ(ParseHttpDate("Sunday, 06-Nov-94 08:49:37 GMT"), kExample);
  EXPECT_EQ(ParseHttpDate("Sun Nov  6 08:49:37 1994"), kExample);
}

TEST(HttpDate, TwoDigitsOfAYearAreOfItsCentury) {
  EXPECT_EQ(ParseHttpDate("Thursday, 01-Jan-70 00:00:00 GMT"), 0);
  EXPECT_EQ(ParseHttpDate("Saturday, 01-Jan-00 00:00:00 GMT"), 946'684'800);
  EXPECT_EQ(ParseHttpDate("Tuesday, 31-Dec-69 23:59:59 GMT"), 3'155'759'999);
}

TEST(HttpDate, EachDayOfFourCenturiesIsAsTheCLibraryPrintsIt) {
  for (std::int64_t day = 0; day < 400 * 366; day += 1) {
    const std::int64_t seconds = day * 86'400 + day % 86'400;
    if (seconds > std::numeric_limits<std::time_t>::max()) break;  // the library's end, in 2038
    const auto time = static_cast<std::time_t>(seconds);
    const std::tm parts = *std::gmtime(&time);
    char text[40];
    std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    ASSERT_EQ(ParseHttpDate(text), time) << text;
  }
}

TEST(HttpDate, ALeapSecondIsTheNextMinutesFirst) {
  EXPECT_EQ(ParseHttpDate("Sat, 31 Dec 2016 23:59:60 GMT"), 1'483'228'800);
}

TEST(HttpDate, WhatIsNoDateIsNone) {
  for (const char* text : {"",
                           "gibberish",
                           "0",
                           "-1",
                           "120",
                           "Sun, 06 Nov 1994",
                           "Sun, 06 Nov 08:49:37 GMT",
                           "Sun, Nov 1994 08:49:37 GMT",
                           "Sun, 06 1994 08:49:37 GMT",
                           "Sun, 00 Nov 1994 08:49:37 GMT",
                           "Sun, 31 Nov 1994 08:49:37 GMT",
                           "Sun, 29 Feb 2100 08:49:37 GMT",
                           "Sun, 06 Nov 1994 24:00:00 GMT",
                           "Sun, 06 Nov 1994 08:60:37 GMT",
                           "Sun, 06 Nov 1994 08:49:61 GMT",
                           "Sun, 06 Nov 1994 8:49:37 GMT",
                           "Sun, 06 Nov 1994 08:49:37 +0200",
                           "Sun, 06 Nov 1994 08:49:37 CET",
                           "Sun, 06 Nov 1994 08:49:37 08:49:37 GMT",
                           "Sun, 06 Nov Nov 1994 08:49:37 GMT",
                           "Sun, 06 Nov 1969 08:49:37 GMT",
                           "Sun, 06 Nov 19941 08:49:37 GMT",
                           "Sun, 06 Nov 199 08:49:37 GMT",
                           "99999999999999999999"}) {
    EXPECT_EQ(ParseHttpDate(text), -1) << text;
  }
  EXPECT_EQ(ParseHttpDate(std::string(100'000, ' ')), -1);
  EXPECT_EQ(ParseHttpDate(std::string("Sun, 06 Nov 1994 08:49:37 GMT\0", 30)), -1);
}

}  // namespace
}  // namespace embeddables::test
