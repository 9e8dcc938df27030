#include "agent/send/http_date.h"

#include <algorithm>
#include <string_view>

namespace embeddables {
namespace {

constexpr int kNone = -1;

struct Parts {
  int day = kNone, month = kNone, year = kNone, second_of_day = kNone;
};

// Three letters a name; the place of the one that the word begins with.
int Find(std::string_view names, std::string_view word) {
  const std::size_t at = word.size() < 3 ? std::string_view::npos : names.find(word.substr(0, 3));
  return at == std::string_view::npos || at % 3 != 0 ? kNone : static_cast<int>(at / 3);
}

int Number(std::string_view digits, std::size_t most_digits) {
  if (digits.empty() || digits.size() > most_digits) return kNone;
  int number = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return kNone;
    number = number * 10 + (c - '0');
  }
  return number;
}

// The second 60 is a leap second.
int SecondOfDay(std::string_view text) {
  if (text.size() != 8 || text[2] != ':' || text[5] != ':') return kNone;
  const int hour = Number(text.substr(0, 2), 2), minute = Number(text.substr(3, 2), 2),
            second = Number(text.substr(6), 2);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return kNone;
  return (hour * 60 + minute) * 60 + second;
}

int Year(std::string_view text) {
  const int year = Number(text, 4);
  if (text.size() == 4) return year;
  if (text.size() != 2 || year < 0) return kNone;
  return year + (year < 70 ? 2000 : 1900);
}

bool Set(int* part, int value) {
  if (value == kNone || *part != kNone) return false;
  *part = value;
  return true;
}

bool Take(std::string_view word, Parts* parts) {
  if (Find("SunMonTueWedThuFriSat", word) != kNone || word == "GMT" || word == "UTC") return true;
  if (word.find(':') != std::string_view::npos) {
    return Set(&parts->second_of_day, SecondOfDay(word));
  }
  const int month = Find("JanFebMarAprMayJunJulAugSepOctNovDec", word);
  if (month != kNone) return Set(&parts->month, month);
  return parts->day == kNone ? Set(&parts->day, Number(word, 2)) : Set(&parts->year, Year(word));
}

// Days since 1970-01-01; years begin in March, so that the leap day is the last one.
std::int64_t DaysUntil(int year, int month, int day) {
  const std::int64_t y = month < 2 ? year - 1 : year;
  const int since_march = (month + 10) % 12;
  return y * 365 + y / 4 - y / 100 + y / 400 + (153 * since_march + 2) / 5 + day - 1 - 719'468;
}

}  // namespace

std::int64_t ParseHttpDate(std::string_view text) {
  Parts parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(" ,-"), text.size());
    if (end > 0 && !Take(text.substr(0, end), &parts)) return -1;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  const bool whole =
      parts.day > 0 && parts.month != kNone && parts.year >= 1970 && parts.second_of_day != kNone;
  if (!whole) return -1;
  const std::int64_t days = DaysUntil(parts.year, parts.month, parts.day);
  const int next = parts.month + 1;
  if (days >= DaysUntil(parts.year + next / 12, next % 12, 1)) return -1;
  return days * 86'400 + parts.second_of_day;
}

}  // namespace embeddables
