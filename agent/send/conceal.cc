#include "agent/send/conceal.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "agent/base/json_reader.h"

namespace embeddables {
namespace {

// Shorter values also occur in words and numbers that mean something else.
constexpr std::size_t kAnywhereBytes = 6;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool IsLetter(char c) {
  return (Lower(c) >= 'a' && Lower(c) <= 'z') || static_cast<unsigned char>(c) >= 0x80;
}

// Can these two characters belong to one word or number?
bool Joined(char a, char b) { return (IsDigit(a) && IsDigit(b)) || (IsLetter(a) && IsLetter(b)); }

class TextOf final : public JsonVisitor {
 public:
  explicit TextOf(std::string* text) : text_(text) {}
  bool Begin(bool) override { return false; }
  bool End() override { return false; }
  bool Key(std::string_view) override { return false; }
  bool Text(std::string_view text) override {
    *text_ = std::string(text);
    return true;
  }
  bool Other() override { return false; }

 private:
  std::string* text_;
};

// --- How servers write a character that their format gives a meaning.

struct Span {
  std::size_t begin = 0, end = 0;
};

// A text with some layers of escapes taken off, and where each of its bytes stands in the original.
struct Layer {
  std::string bytes;
  std::vector<Span> from;
};

constexpr int kLayers = 3;  // such as HTML that quotes JSON that quotes an address of the web

// One escape: how long it is, and the character (or, percent-encoded, the byte) that it means.
struct Escape {
  std::size_t length = 0;  // 0: there is none
  std::uint32_t code = 0;
  bool is_byte = false;
};

// Reads digits to the end or up to the first other character. Returns how many there were.
std::size_t ReadNumber(std::string_view text, std::uint32_t base, std::uint32_t* number) {
  std::size_t count = 0;
  for (*number = 0; count < text.size() && *number <= 0x10FFFF; ++count) {
    const char c = Lower(text[count]);
    const bool hex = base == 16 && c >= 'a' && c <= 'f';
    if (!IsDigit(c) && !hex) break;
    *number = *number * base + static_cast<std::uint32_t>(hex ? c - 'a' + 10 : c - '0');
  }
  return count;
}

std::size_t ReadHex(std::string_view text, std::size_t digits, std::uint32_t* number) {
  return ReadNumber(text.substr(0, digits), 16, number) == digits ? digits : 0;
}

Escape ReadPercent(std::string_view text) {
  Escape escape;
  if (ReadHex(text.substr(1), 2, &escape.code) > 0) escape.length = 3;
  escape.is_byte = true;
  return escape;
}

Escape ReadBackslash(std::string_view text) {
  Escape escape;
  if (text.size() < 2) return escape;
  if (text[1] != 'u') {
    if (text[1] == '"' || text[1] == '\\' || text[1] == '/') {
      escape = {2, static_cast<std::uint32_t>(text[1])};
    }
    return escape;
  }
  if (ReadHex(text.substr(2), 4, &escape.code) == 0) return escape;
  escape.length = 6;
  std::uint32_t low = 0;
  if ((escape.code & 0xFC00) == 0xD800 && text.substr(6, 2) == "\\u" &&
      ReadHex(text.substr(8), 4, &low) > 0) {
    escape = {12, 0x10000 + ((escape.code & 0x3FF) << 10) + (low & 0x3FF)};
  }
  return escape;
}

Escape ReadReference(std::string_view text) {
  constexpr std::pair<std::string_view, char> kNamed[] = {
      {"&amp;", '&'},    {"&lt;", '<'},   {"&gt;", '>'},     {"&quot;", '"'}, {"&apos;", '\''},
      {"&commat;", '@'}, {"&plus;", '+'}, {"&period;", '.'}, {"&sol;", '/'},  {"&lowbar;", '_'}};
  for (const auto& [name, means] : kNamed) {
    if (text.substr(0, name.size()) == name) {
      return {name.size(), static_cast<std::uint32_t>(means)};
    }
  }
  Escape escape;
  if (text.substr(0, 2) != "&#") return escape;
  const bool hex = text.size() > 2 && Lower(text[2]) == 'x';
  const std::size_t begin = hex ? 3 : 2;
  const std::size_t digits = ReadNumber(text.substr(begin), hex ? 16 : 10, &escape.code);
  if (digits == 0) return escape;
  escape.length = begin + digits;
  if (escape.length < text.size() && text[escape.length] == ';') ++escape.length;
  return escape;
}

Escape ReadEscape(std::string_view text) {
  switch (text.front()) {
    case '%':
      return ReadPercent(text);
    case '\\':
      return ReadBackslash(text);
    case '&':
      return ReadReference(text);
    default:
      return {};
  }
}

void AppendCharacter(std::uint32_t code, std::string* bytes) {
  const auto append = [bytes](std::uint32_t byte) { bytes->push_back(static_cast<char>(byte)); };
  if (code < 0x80) return append(code);
  if (code < 0x800) {
    append(0xC0 | code >> 6);
  } else {
    if (code < 0x10000) {
      append(0xE0 | code >> 12);
    } else {
      append(0xF0 | (code >> 18 & 7));
      append(0x80 | (code >> 12 & 0x3F));
    }
    append(0x80 | (code >> 6 & 0x3F));
  }
  append(0x80 | (code & 0x3F));
}

// Takes one layer of escapes off. False: there was none.
bool TakeLayerOff(Layer* layer) {
  Layer next;
  bool any = false;
  const std::string_view bytes = layer->bytes;
  for (std::size_t at = 0; at < bytes.size();) {
    const Escape escape = ReadEscape(bytes.substr(at));
    const std::size_t length = std::max<std::size_t>(escape.length, 1);
    if (escape.length == 0 || escape.is_byte) {
      next.bytes += escape.length == 0 ? bytes[at] : static_cast<char>(escape.code);
    } else {
      AppendCharacter(escape.code, &next.bytes);
    }
    next.from.resize(next.bytes.size(), {layer->from[at].begin, layer->from[at + length - 1].end});
    any = any || escape.length > 0;
    at += length;
  }
  *layer = std::move(next);
  return any;
}

// --- Where the value stands.

bool IsSame(char value, char text) {
  return Lower(value) == Lower(text) || (value == ' ' && text == '+');
}

constexpr char kNothing = 0;
constexpr char kIdentifier = 1;
constexpr char kSecret = 2;

// `marks` has a byte for each byte of the original text.
void Cover(std::string_view value, char mark, const Layer& layer, std::string* marks) {
  const std::string_view text = layer.bytes;
  for (std::size_t at = 0; !value.empty() && at + value.size() <= text.size(); ++at) {
    if (!std::equal(value.begin(), value.end(), text.begin() + at, IsSame)) continue;
    const std::size_t end = at + value.size();
    const bool part = (at > 0 && Joined(text[at - 1], value.front())) ||
                      (end < text.size() && Joined(value.back(), text[end]));
    if (part && value.size() < kAnywhereBytes) continue;
    for (std::size_t i = layer.from[at].begin; i < layer.from[end - 1].end; ++i) (*marks)[i] = mark;
    at = end - 1;
  }
}

}  // namespace

void Conceal(const std::vector<std::string>& secrets, std::string_view identifier_json,
             std::string* text) {
  std::string plain(identifier_json);
  TextOf reader(&plain);
  if (!identifier_json.empty() && identifier_json.front() == '"') {
    ReadJson(identifier_json, &reader);
  }
  std::string_view value = plain;
  // The host gave JSON text as the value, a mistake that it will be told of.
  if (plain.size() > 2 && plain.front() == '"' && plain.back() == '"') {
    value = value.substr(1, plain.size() - 2);
  }
  std::string marks(text->size(), kNothing);
  Layer layer{*text, {}};
  layer.from.resize(text->size(), {});
  for (std::size_t at = 0; at < text->size(); ++at) layer.from[at] = {at, at + 1};
  int layers = 0;
  do {
    Cover(value, kIdentifier, layer, &marks);
    for (const std::string& secret : secrets) Cover(secret, kSecret, layer, &marks);
  } while (layers++ < kLayers && TakeLayerOff(&layer));
  std::string shown;
  for (std::size_t at = 0; at < text->size(); ++at) {
    if (marks[at] == kNothing) {
      shown += (*text)[at];
    } else if (at == 0 || marks[at - 1] != marks[at]) {
      shown += marks[at] == kSecret ? "[secret]" : "[identifier]";
    }
  }
  *text = std::move(shown);
}

}  // namespace embeddables
