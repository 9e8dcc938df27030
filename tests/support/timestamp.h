// The time of an event as it was sent.

#ifndef EMBEDDABLES_TESTS_SUPPORT_TIMESTAMP_H_
#define EMBEDDABLES_TESTS_SUPPORT_TIMESTAMP_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdio>
#include <string>

namespace embeddables::test {

// "2026-01-31T23:59:59.999Z" in milliseconds since 1970.
inline std::int64_t ParseTimestamp(const std::string& text) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, ms = 0;
  EXPECT_EQ(std::sscanf(text.c_str(), "%d-%d-%dT%d:%d:%d.%dZ", &year, &month, &day, &hour, &minute,
                        &second, &ms),
            7)
      << text;
  // Counted from March, a year ends with the day that not each has.
  const std::int64_t from_march = month > 2 ? month - 3 : month + 9;
  const std::int64_t y = month > 2 ? year : year - 1;
  constexpr std::int64_t kUntil1970 = 719'468;
  const std::int64_t days =
      365 * y + y / 4 - y / 100 + y / 400 + (153 * from_march + 2) / 5 + day - 1 - kUntil1970;
  return (((days * 24 + hour) * 60 + minute) * 60 + second) * 1'000 + ms;
}

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_SUPPORT_TIMESTAMP_H_
