#include "samples/cli/times.h"

#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdlib>

namespace cli {
namespace {

using embeddables::WallTime;
using std::chrono::milliseconds;

constexpr char kForm[] = "it must be like 2026-01-31T23:59:59+01:00, or seconds since 1970";
constexpr char kTooMany[] = "so many seconds since 1970 are too many; or are they milliseconds?";
constexpr std::int64_t kMostMillis = 9'000'000'000'000;  // WallTime counts nanoseconds
constexpr int kFarthestZone = 14 * 60;                   // minutes from UTC

// Reads from the front of a text; once something is not there, nothing is any more.
class Front {
 public:
  explicit Front(std::string_view rest) : rest_(rest) {}

  bool ok() const { return ok_; }
  bool AtEnd() const { return ok_ && rest_.empty(); }
  char Peek() const { return ok_ && !rest_.empty() ? rest_.front() : '\0'; }

  bool TakeAny(std::string_view of) {
    if (Peek() == '\0' || of.find(Peek()) == std::string_view::npos) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void Expect(std::string_view of) { ok_ = TakeAny(of); }
  // So many digits.
  int Number(int digits) {
    int number = 0;
    for (; digits > 0 && ok_; --digits) {
      const char c = Peek();
      ok_ = c >= '0' && c <= '9';
      number = number * 10 + (c - '0');
      if (ok_) rest_.remove_prefix(1);
    }
    return ok_ ? number : 0;
  }
  // Milliseconds after '.' or ',', if there is one; further digits are left off.
  int Fraction() {
    if (!TakeAny(".,")) return 0;
    int millis = Number(1) * 100;
    for (int unit = 10; Peek() >= '0' && Peek() <= '9'; unit /= 10) millis += Number(1) * unit;
    return millis;
  }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

struct Moment {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, millis = 0;
  int offset_minutes = 0;  // east of UTC
  bool has_zone = false;
};

int DaysIn(int year, int month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return kDays[month - 1] + (month == 2 && leap ? 1 : 0);
}

// Since 1970 in the Gregorian calendar, by counting years from a March on.
std::int64_t DaysSince1970(int year, int month, int day) {
  const std::int64_t y = month > 2 ? year : year - 1;
  const std::int64_t from_march = (month + 9) % 12;
  return 365 * y + y / 4 - y / 100 + y / 400 + (153 * from_march + 2) / 5 + day - 1 - 719'468;
}

std::string CheckFields(const Moment& m) {
  if (m.month < 1 || m.month > 12) return "there is no month " + std::to_string(m.month);
  if (m.day < 1 || m.day > DaysIn(m.year, m.month)) {
    return "that month has no day " + std::to_string(m.day);
  }
  if (m.hour > 23) return "there is no hour " + std::to_string(m.hour);
  if (m.minute > 59) return "there is no minute " + std::to_string(m.minute);
  if (!m.has_zone) return "its time zone is missing: end it with Z or, for instance, +01:00";
  if (std::abs(m.offset_minutes) > kFarthestZone) return "there is no such time zone";
  // A leap second, which ends an hour of UTC, is told as the next one.
  const bool ends_hour = (m.minute - m.offset_minutes + kFarthestZone) % 60 == 59;
  if (m.second > (ends_hour ? 60 : 59)) return "there is no second " + std::to_string(m.second);
  return {};
}

void ReadZone(Front* front, Moment* m) {
  front->TakeAny(" ");
  if (front->AtEnd()) return;
  m->has_zone = true;
  if (front->TakeAny("Zz")) return;
  const int sign = front->Peek() == '-' ? -1 : 1;
  front->Expect("+-");
  const int hours = front->Number(2);
  const bool colon = front->TakeAny(":");
  const int minutes = colon || front->Peek() != '\0' ? front->Number(2) : 0;
  m->offset_minutes = minutes > 59 ? kFarthestZone + 1 : sign * (hours * 60 + minutes);
}

std::string ReadDate(std::string_view text, std::int64_t* millis) {
  Front front(text);
  Moment m;
  m.year = front.Number(4);
  front.Expect("-");
  m.month = front.Number(2);
  front.Expect("-");
  m.day = front.Number(2);
  front.Expect("Tt ");
  m.hour = front.Number(2);
  front.Expect(":");
  m.minute = front.Number(2);
  if (front.TakeAny(":")) {
    m.second = front.Number(2);
    m.millis = front.Fraction();
  }
  ReadZone(&front, &m);
  if (!front.AtEnd()) return kForm;
  std::string wrong = CheckFields(m);
  if (!wrong.empty()) return wrong;
  const std::int64_t minutes =
      (DaysSince1970(m.year, m.month, m.day) * 24 + m.hour) * 60 + m.minute - m.offset_minutes;
  *millis = (minutes * 60 + m.second) * 1000 + m.millis;
  return {};
}

std::string ReadSeconds(std::string_view text, std::int64_t* millis) {
  constexpr std::int64_t kMost = kMostMillis / 1000;
  Front front(text);
  const bool before = front.TakeAny("-");
  std::int64_t seconds = front.Number(1);
  while (front.Peek() >= '0' && front.Peek() <= '9' && seconds <= kMost) {
    seconds = seconds * 10 + front.Number(1);
  }
  if (seconds > kMost) return kTooMany;
  *millis = seconds * 1000 + front.Fraction();
  if (before) *millis = -*millis;
  return front.AtEnd() ? "" : kForm;
}

}  // namespace

std::string ReadTime(std::string_view text, WallTime* time) {
  const bool date = text.size() > 4 && text[4] == '-';
  std::int64_t millis = 0;
  std::string wrong = date ? ReadDate(text, &millis) : ReadSeconds(text, &millis);
  if (wrong.empty() && std::abs(millis) > kMostMillis) {
    wrong = date ? "its year is beyond what an event can have" : kTooMany;
  }
  if (!wrong.empty()) return "\"" + std::string(text) + "\": " + wrong;
  *time = WallTime(milliseconds(millis));
  return {};
}

std::string ReadTime(double seconds, WallTime* time) {
  const double millis = std::round(seconds * 1000);
  if (std::fabs(millis) > static_cast<double>(kMostMillis)) return kTooMany;
  *time = WallTime(milliseconds(static_cast<std::int64_t>(millis)));
  return {};
}

}  // namespace cli
