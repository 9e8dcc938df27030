#include "agent/send/conceal.h"

#include <algorithm>
#include <cstddef>

#include "agent/base/json_reader.h"

namespace embeddables {
namespace {

constexpr std::string_view kShown = "[identifier]";
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

// Browsers and servers leave these as they are (RFC 3986, section 2.3).
std::string PercentEncoded(std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (IsDigit(c) || (IsLetter(c) && byte < 0x80) || c == '-' || c == '.' || c == '_' ||
        c == '~') {
      out += c;
    } else {
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return out;
}

void Conceal(std::string_view value, std::string* text) {
  if (value.empty()) return;
  const auto same = [](char a, char b) { return Lower(a) == Lower(b); };
  for (std::size_t at = 0; at + value.size() <= text->size();) {
    const auto found = std::search(text->begin() + static_cast<std::ptrdiff_t>(at), text->end(),
                                   value.begin(), value.end(), same);
    if (found == text->end()) return;
    at = static_cast<std::size_t>(found - text->begin());
    const std::size_t end = at + value.size();
    const bool part = (at > 0 && Joined((*text)[at - 1], value.front())) ||
                      (end < text->size() && Joined(value.back(), (*text)[end]));
    if (part && value.size() < kAnywhereBytes) {
      ++at;
      continue;
    }
    text->replace(at, value.size(), kShown);
    at += kShown.size();
  }
}

}  // namespace

void ConcealIdentifier(std::string_view identifier_json, std::string* text) {
  std::string plain(identifier_json);
  TextOf reader(&plain);
  if (!identifier_json.empty() && identifier_json.front() == '"') {
    ReadJson(identifier_json, &reader);
    identifier_json = identifier_json.substr(1, identifier_json.size() - 2);
  }
  Conceal(plain, text);
  Conceal(identifier_json, text);
  Conceal(PercentEncoded(plain), text);
  // The host gave JSON text as the value, a mistake that it will be told of.
  if (plain.size() > 2 && plain.front() == '"' && plain.back() == '"') {
    Conceal(std::string_view(plain).substr(1, plain.size() - 2), text);
  }
}

}  // namespace embeddables
