#include "agent/base/json_text.h"

#include <charconv>
#include <cmath>
#include <cstring>

#include "agent/base/json.h"
#include "agent/base/utf8.h"

namespace embeddables {
namespace {

bool IsPlain(char c) { return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\'; }

// Finds ASCII that needs no escape, like most text, eight bytes at a time.
bool IsAllPlainAscii(std::string_view text) {
  constexpr std::uint64_t kOnes = 0x0101010101010101u, kHighs = 0x8080808080808080u;
  const auto has_zero = [](std::uint64_t x) { return (x - kOnes) & ~x & kHighs; };
  for (; text.size() >= sizeof(std::uint64_t); text.remove_prefix(sizeof(std::uint64_t))) {
    std::uint64_t x = 0;
    std::memcpy(&x, text.data(), sizeof x);
    const std::uint64_t control = (x - kOnes * 0x20) & ~x;
    if (((x | control) & kHighs) != 0 || has_zero(x ^ (kOnes * '"')) != 0 ||
        has_zero(x ^ (kOnes * '\\')) != 0) {
      return false;
    }
  }
  for (const char c : text) {
    if (!IsPlain(c) || static_cast<unsigned char>(c) >= 0x80) return false;
  }
  return true;
}

std::size_t PlainPart(std::string_view text) {
  std::size_t size = 0;
  while (size < text.size() && IsPlain(text[size])) ++size;
  return size;
}

// Writes the escape of RFC 8259 section 7. Returns its length.
std::size_t Escape(char c, char out[6]) {
  constexpr char kHex[] = "0123456789ABCDEF";
  constexpr std::string_view kNamed = "\"\\\b\f\n\r\t";
  constexpr char kNames[] = "\"\\bfnrt";
  out[0] = '\\';
  const std::size_t named = kNamed.find(c);
  if (named != std::string_view::npos) {
    out[1] = kNames[named];
    return 2;
  }
  out[1] = 'u';
  out[2] = out[3] = '0';
  out[4] = kHex[static_cast<unsigned char>(c) >> 4];
  out[5] = kHex[static_cast<unsigned char>(c) & 15];
  return 6;
}

}  // namespace

void JsonText::PutEscaped(std::string_view text) {
  for (;;) {
    const std::size_t plain = PlainPart(text);
    out_->append(text.data(), plain);
    if (plain == text.size()) return;
    char escaped[6];
    out_->append(escaped, Escape(text[plain], escaped));
    text.remove_prefix(plain + 1);
  }
}

void JsonText::Put(std::string_view json) {
  if (in_text_) return PutEscaped(json);
  out_->append(json);
}

void JsonText::PutString(std::string_view text) {
  const std::string_view quote = in_text_ ? "\\\"" : "\"";
  out_->append(quote);
  if (IsAllPlainAscii(text)) {
    out_->append(text);
    out_->append(quote);
    return;
  }
  std::string room;
  text = WellFormedUtf8(text, &room);
  if (!in_text_) PutEscaped(text);
  while (in_text_ && !text.empty()) {
    const std::size_t plain = PlainPart(text);
    out_->append(text.data(), plain);
    if (plain == text.size()) break;
    char escaped[6];
    PutEscaped({escaped, Escape(text[plain], escaped)});
    text.remove_prefix(plain + 1);
  }
  out_->append(quote);
}

void JsonText::Comma() {
  if (comma_) out_->push_back(',');
  comma_ = true;
}

void JsonText::BeginText() {
  Comma();
  out_->push_back('"');
  in_text_ = true;
  comma_ = false;
}

void JsonText::EndText() {
  in_text_ = false;
  out_->push_back('"');
  comma_ = true;
}

void JsonText::BeginObject() {
  Comma();
  out_->push_back('{');
  comma_ = false;
}

void JsonText::EndObject() {
  out_->push_back('}');
  comma_ = true;
}

void JsonText::BeginArray() {
  Comma();
  out_->push_back('[');
  comma_ = false;
}

void JsonText::EndArray() {
  out_->push_back(']');
  comma_ = true;
}

void JsonText::Key(std::string_view key) {
  Comma();
  PutString(key);
  out_->push_back(':');
  comma_ = false;
}

void JsonText::String(std::string_view text) {
  Comma();
  PutString(text);
}

void JsonText::Raw(std::string_view json) {
  Comma();
  std::string room;
  Put(WellFormedUtf8(json, &room));
}

void JsonText::Int(std::int64_t number) {
  if (number >= 0) return Uint(static_cast<std::uint64_t>(number));
  Comma();
  out_->push_back('-');
  comma_ = false;
  Uint(0 - static_cast<std::uint64_t>(number));
}

void JsonText::Uint(std::uint64_t number) {
  char digits[24];
  Comma();
  out_->append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

void JsonText::Double(double number) {
  if (!std::isfinite(number)) return Raw("null");
  char digits[32];
  Comma();
  out_->append(digits, rapidjson::internal::dtoa(number, digits));
}

}  // namespace embeddables
