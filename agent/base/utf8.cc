#include "agent/base/utf8.h"

#include <cstdint>

namespace embeddables {
namespace {

// The bytes that may follow a lead byte: the number of continuation bytes, and the range of the
// first (Unicode 15, table 3-7).
struct Lead {
  unsigned following;
  std::uint8_t low, high;
};

Lead LeadOf(std::uint8_t byte) {
  if (byte >= 0xc2 && byte <= 0xdf) return {1, 0x80, 0xbf};
  if (byte == 0xe0) return {2, 0xa0, 0xbf};
  if (byte == 0xed) return {2, 0x80, 0x9f};  // no surrogates
  if (byte >= 0xe1 && byte <= 0xef) return {2, 0x80, 0xbf};
  if (byte == 0xf0) return {3, 0x90, 0xbf};
  if (byte == 0xf4) return {3, 0x80, 0x8f};
  if (byte >= 0xf1 && byte <= 0xf3) return {3, 0x80, 0xbf};
  return {0, 0, 0};
}

// Returns the length of the sequence at the start of `text`; *whole: it is a character.
std::size_t Sequence(std::string_view text, bool* whole) {
  const auto first = static_cast<std::uint8_t>(text[0]);
  *whole = first < 0x80;
  if (*whole) return 1;
  Lead lead = LeadOf(first);
  std::size_t size = 1;
  for (unsigned i = 0; i < lead.following; ++i, ++size) {
    if (size == text.size()) return size;
    const auto next = static_cast<std::uint8_t>(text[size]);
    if (next < lead.low || next > lead.high) return size;
    lead.low = 0x80;
    lead.high = 0xbf;
  }
  *whole = lead.following > 0;
  return size;
}

// C1 controls, line and paragraph separators, and characters that change the direction of text.
bool Steers(std::string_view character) {
  if (character.size() == 2)
    return character[0] == '\xc2' && static_cast<std::uint8_t>(character[1]) < 0xa0;
  if (character.size() != 3 || character[0] != '\xe2') return false;
  const auto second = static_cast<std::uint8_t>(character[1]);
  const auto third = static_cast<std::uint8_t>(character[2]);
  if (second == 0x80) return third == 0x8e || third == 0x8f || (third >= 0xa8 && third <= 0xae);
  return second == 0x81 && third >= 0xa6 && third <= 0xa9;
}

}  // namespace

std::string RepairUtf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    bool whole = false;
    const std::size_t size = Sequence(text, &whole);
    out.append(whole ? text.substr(0, size) : std::string_view("\xef\xbf\xbd"));
    text.remove_prefix(size);
  }
  return out;
}

std::string_view WellFormedUtf8(std::string_view text, std::string* room) {
  std::string_view rest = text;
  while (!rest.empty()) {
    bool whole = false;
    const std::size_t size = Sequence(rest, &whole);
    if (!whole) return *room = RepairUtf8(text);
    rest.remove_prefix(size);
  }
  return text;
}

std::string Printable(std::string_view text, std::size_t limit) {
  std::string out = RepairUtf8(text.substr(0, limit * 2));
  if (out.size() > limit) {
    while (limit > 0 && (static_cast<std::uint8_t>(out[limit]) & 0xc0) == 0x80) --limit;
    out.resize(limit);
  }
  for (std::size_t at = 0, size; at < out.size(); at += size) {
    bool whole = false;
    size = Sequence(std::string_view(out).substr(at), &whole);
    const bool control = static_cast<std::uint8_t>(out[at]) < 0x20 || out[at] == 0x7f;
    if (control || Steers(std::string_view(out).substr(at, size))) {
      out.replace(at, size, " ");
      size = 1;
    }
  }
  return out;
}

}  // namespace embeddables
