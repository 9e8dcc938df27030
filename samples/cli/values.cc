#include "samples/cli/values.h"

#include <charconv>
#include <cmath>
#include <cstddef>
#include <system_error>

namespace cli {
namespace {

using embeddables::Value;

// True: all of the text is that number.
template <class T>
bool ReadAll(std::string_view text, T* number) {
  const char* end = text.data() + text.size();
  const std::from_chars_result result = std::from_chars(text.data(), end, *number);
  return result.ec == std::errc() && result.ptr == end;
}

bool IsWhole(std::string_view text) {
  if (!text.empty() && text.front() == '-') text.remove_prefix(1);
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// With the fewest digits that tell it from its neighbours.
bool PrintsAs(double number, std::string_view text) {
  char buffer[400];
  const std::to_chars_result result = std::to_chars(buffer, buffer + sizeof buffer, number);
  return std::string_view(buffer, static_cast<std::size_t>(result.ptr - buffer)) == text;
}

// Some write no '+' in an exponent. Without a fraction, what has an exponent is rather a name, such
// as a short hash.
bool PrintsAsWritten(double number, std::string_view text) {
  if (PrintsAs(number, text)) return true;
  const std::size_t exponent = text.find('e');
  if (exponent == std::string_view::npos || text.find('.') == std::string_view::npos) return false;
  return PrintsAs(number, std::string(text.substr(0, exponent + 1)) + "+" +
                              std::string(text.substr(exponent + 1)));
}

// A fraction with no more digits than a double tells apart, and none to spare.
bool IsPlainFraction(std::string_view text) {
  constexpr std::size_t kDigits = 17;
  if (!text.empty() && text.front() == '-') text.remove_prefix(1);
  const std::size_t point = text.find('.');
  if (point == 0 || point == std::string_view::npos || point + 1 == text.size()) return false;
  const std::string_view whole = text.substr(0, point), fraction = text.substr(point + 1);
  return IsWhole(whole) && whole[0] != '-' && (whole[0] != '0' || whole.size() == 1) &&
         IsWhole(fraction) && fraction[0] != '-' && fraction.back() != '0' &&
         whole.size() + fraction.size() <= kDigits;
}

// A whole number, if it fits.
bool ReadWholeValue(std::string_view text, Value* value) {
  std::int64_t number = 0;
  std::uint64_t large = 0;
  if (ReadAll(text, &number)) {
    *value = Value(number);
  } else if (ReadAll(text, &large)) {
    *value = Value(large);
  } else {
    return false;
  }
  return true;
}

}  // namespace

std::string ReadBool(const std::string& text, bool* value) {
  for (const char* yes : {"true", "1", "yes", "on"}) {
    if (text != yes) continue;
    *value = true;
    return {};
  }
  for (const char* no : {"false", "0", "no", "off"}) {
    if (text != no) continue;
    *value = false;
    return {};
  }
  return "\"" + text + "\" is neither true nor false";
}

std::string ReadWhole(const std::string& text, std::uint64_t most, std::uint64_t* value) {
  if (!IsWhole(text)) return "\"" + text + "\" is no whole number";
  if (text[0] == '-') return text + " is below 0";
  if (ReadAll(text, value) && *value <= most) return {};
  return text + " is more than " + std::to_string(most);
}

std::string ReadTicks(const std::string& text, std::int64_t numerator, std::int64_t denominator,
                      std::int64_t* ticks) {
  constexpr double kMost = 9e9;  // nearly three centuries; clocks count nanoseconds
  double seconds = 0;
  if (!ReadAll(text, &seconds) || !std::isfinite(seconds)) {
    return "\"" + text + "\" is no number of seconds";
  }
  if (seconds < 0) return text + " is below 0 seconds";
  if (seconds > kMost) return text + " seconds are too many";
  const double exact = seconds * static_cast<double>(denominator) / static_cast<double>(numerator);
  const double whole = std::round(exact);
  constexpr double kRounding = 1e-6;
  if (std::fabs(exact - whole) > kRounding) {
    if (denominator > 1) return text + " seconds: it counts whole milliseconds";
    if (numerator == 1) return text + " seconds: it counts whole seconds";
    return text + " seconds: it counts in steps of " + std::to_string(numerator) +
           " seconds; give a multiple of that";
  }
  *ticks = static_cast<std::int64_t>(whole);
  return {};
}

Value Guess(std::string_view text) {
  if (text == "true") return Value(true);
  if (text == "false") return Value(false);
  if (text == "null") return Value(nullptr);
  if (IsWhole(text)) {
    Value value;
    const bool padded = text.size() > 1 && (text[0] == '0' || text.substr(0, 2) == "-0");
    return !padded && ReadWholeValue(text, &value) ? value : Value(text);
  }
  double number = 0;
  if (!ReadAll(text, &number) || !std::isfinite(number)) return Value(text);
  // As it is written, which JSON has as well.
  const bool kept = PrintsAsWritten(number, text) || IsPlainFraction(text);
  return kept ? embeddables::Raw(text) : Value(text);
}

bool ReadNumber(std::string_view text, Value* value, std::string* why) {
  if (IsWhole(text) && ReadWholeValue(text, value)) return true;
  double number = 0;
  const char* end = text.data() + text.size();
  const std::from_chars_result result = std::from_chars(text.data(), end, number);
  const std::string quoted = "\"" + std::string(text) + "\"";
  if (result.ec == std::errc::result_out_of_range && result.ptr == end) {
    *why = quoted + " is beyond what a number can hold";
  } else if (result.ec != std::errc() || result.ptr != end || !std::isfinite(number)) {
    *why = quoted + " is no number";
  } else if (IsWhole(text) && !PrintsAs(number, text)) {
    *why = quoted + " has more digits than a number keeps; give it as text";
  } else {
    *value = Value(number);
  }
  return why->empty();
}

bool Split(const std::string& text, std::string_view* key, std::string_view* value) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) return false;
  *key = std::string_view(text).substr(0, equals);
  *value = std::string_view(text).substr(equals + 1);
  return true;
}

std::string ReadPerson(const std::string& text, std::string_view* key, std::string_view* value) {
  constexpr std::size_t kMostKey = 100, kMostValue = 1024;
  if (!Split(text, key, value) || value->empty()) return "must be like email=a@b.c";
  if (key->size() > kMostKey || value->size() > kMostValue) {
    return "must have at most " + std::to_string(kMostKey) + " bytes before the = and " +
           std::to_string(kMostValue) + " behind it";
  }
  const bool quoted = value->size() >= 2 && value->front() == '"' && value->back() == '"';
  return quoted ? "must have its value without quotes around it" : "";
}

}  // namespace cli
