// What stands in an option, a variable or a file, read exactly or refused. Each reader of a setting
// returns what is wrong with the text, or nothing.

#ifndef EMBEDDABLES_SAMPLES_CLI_VALUES_H_
#define EMBEDDABLES_SAMPLES_CLI_VALUES_H_

#include <embeddables/agent.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace cli {

// --- Settings.

std::string ReadBool(const std::string& text, bool* value);
std::string ReadWhole(const std::string& text, std::uint64_t most, std::uint64_t* value);
// A number of seconds, which may have decimals, as ticks of numerator/denominator seconds. What is
// no whole number of ticks is refused.
std::string ReadTicks(const std::string& text, std::int64_t numerator, std::int64_t denominator,
                      std::int64_t* ticks);

// The type within a std::optional, or the type itself.
template <class T>
struct Inner {
  using Type = T;
};
template <class T>
struct Inner<std::optional<T>> {
  using Type = T;
};

template <class T>
std::string ReadWhole(const std::string& text, T* value) {
  using Number = typename Inner<T>::Type;
  std::uint64_t whole = 0;
  std::string wrong =
      ReadWhole(text, static_cast<std::uint64_t>(std::numeric_limits<Number>::max()), &whole);
  if (wrong.empty()) *value = static_cast<Number>(whole);
  return wrong;
}

template <class T>
std::string ReadSeconds(const std::string& text, T* value) {
  using Duration = typename Inner<T>::Type;
  std::int64_t ticks = 0;
  std::string wrong = ReadTicks(text, Duration::period::num, Duration::period::den, &ticks);
  if (wrong.empty()) *value = Duration(ticks);
  return wrong;
}

// --- Values of events. They look at the text.

// true, false, null or a number that prints as it is written; everything else is text: 1.10, 007,
// 4e5 and 20 digits are no numbers that would come out as they went in.
embeddables::Value Guess(std::string_view text);

// A number in any case. False with *why, if the text is none, or none that is kept exactly.
bool ReadNumber(std::string_view text, embeddables::Value* value, std::string* why);

// "key=value", cut at the first '='. False: there is none, or no key.
bool Split(const std::string& text, std::string_view* key, std::string_view* value);

// The person whom events are about, as "email=a@b.c". Returns what is wrong, to be said after the
// name of what gave it, or nothing: then the library takes it, too.
std::string ReadPerson(const std::string& text, std::string_view* key, std::string_view* value);

}  // namespace cli

#endif  // EMBEDDABLES_SAMPLES_CLI_VALUES_H_
