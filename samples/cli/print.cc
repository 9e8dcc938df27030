#include "samples/cli/print.h"

#include <cstddef>
#include <cstdint>

namespace cli {
namespace {

constexpr char kReplacement[] = "\xef\xbf\xbd";  // U+FFFD

bool Continues(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

// Reads one character at the beginning of `text`. Returns how many bytes it has; 0: they are not
// UTF-8 (cut short, longer than needed, a surrogate, beyond the last character).
std::size_t Decode(std::string_view text, std::uint32_t* character) {
  constexpr std::uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const auto first = static_cast<unsigned char>(text[0]);
  const std::size_t size = first < 0x80   ? 1
                           : first < 0xc2 ? 0
                           : first < 0xe0 ? 2
                           : first < 0xf0 ? 3
                           : first < 0xf5 ? 4
                                          : 0;
  if (size == 0 || size > text.size()) return 0;
  std::uint32_t value = size == 1 ? first : first & (0xffu >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if (!Continues(text[i])) return 0;
    value = value << 6 | (static_cast<unsigned char>(text[i]) & 0x3fu);
  }
  if (value < kLeast[size] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) return 0;
  *character = value;
  return size;
}

bool ChangesTerminal(std::uint32_t c) {
  const bool control = c < 0x20 || (c >= 0x7f && c <= 0x9f);
  const bool direction = c == 0x061c || c == 0x200e || c == 0x200f ||
                         (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
  const bool line = c == 0x2028 || c == 0x2029;
  return control || direction || line;
}

// Replaces what is no character, or one that `bad` is true of.
template <class Bad>
std::string Replace(std::string_view text, Bad bad) {
  std::string safe;
  safe.reserve(text.size());
  while (!text.empty()) {
    std::uint32_t character = 0;
    const std::size_t size = Decode(text, &character);
    if (size == 0 || bad(character)) {
      safe += kReplacement;
    } else {
      safe += text.substr(0, size);
    }
    text.remove_prefix(size == 0 ? 1 : size);
  }
  return safe;
}

}  // namespace

std::string Printable(std::string_view text) { return Replace(text, ChangesTerminal); }

std::string RepairUtf8(std::string_view text) {
  return Replace(text, [](std::uint32_t) { return false; });
}

}  // namespace cli
