// Is this text JSON? Written from RFC 8259 alone, to judge what the library's own JSON room lets
// through: it shares no code with it.

#ifndef EMBEDDABLES_TESTS_SUPPORT_JSON_CHECKER_H_
#define EMBEDDABLES_TESTS_SUPPORT_JSON_CHECKER_H_

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace embeddables::test {

class JsonChecker {
 public:
  explicit JsonChecker(std::string text) : owned_(std::move(text)), text_(owned_) {}
  JsonChecker(const JsonChecker&) = delete;
  JsonChecker& operator=(const JsonChecker&) = delete;

  // One value, white space around it, nothing else; strings are UTF-8.
  bool IsJson() {
    Space();
    if (!OneValue(0)) return false;
    Space();
    return at_ == text_.size();
  }
  bool IsObject() {
    Space();
    return Peek() == '{' && IsJson();
  }
  // No object has a member twice.
  bool unique() const { return unique_; }

 private:
  static constexpr unsigned kDeepest = 10'000;

  int Peek() const { return at_ < text_.size() ? static_cast<unsigned char>(text_[at_]) : -1; }
  bool Eat(char c) {
    if (Peek() != static_cast<unsigned char>(c)) return false;
    ++at_;
    return true;
  }
  bool Eat(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }
  void Space() {
    while (Peek() == ' ' || Peek() == '\t' || Peek() == '\n' || Peek() == '\r') ++at_;
  }
  bool Digits() {
    const std::size_t begin = at_;
    while (Peek() >= '0' && Peek() <= '9') ++at_;
    return at_ > begin;
  }

  bool OneValue(unsigned depth) {
    if (depth > kDeepest) return false;
    switch (Peek()) {
      case '{':
        return Object(depth);
      case '[':
        return Array(depth);
      case '"':
        return Text();
      case 't':
        return Eat("true");
      case 'f':
        return Eat("false");
      case 'n':
        return Eat("null");
      default:
        return Number();
    }
  }

  bool Object(unsigned depth) {
    ++at_;
    Space();
    if (Eat('}')) return true;
    std::set<std::string_view> keys;
    do {
      Space();
      const std::size_t begin = at_;
      if (Peek() != '"' || !Text()) return false;
      unique_ = keys.insert(text_.substr(begin, at_ - begin)).second && unique_;
      Space();
      if (!Eat(':')) return false;
      Space();
      if (!OneValue(depth + 1)) return false;
      Space();
    } while (Eat(','));
    return Eat('}');
  }

  bool Array(unsigned depth) {
    ++at_;
    Space();
    if (Eat(']')) return true;
    do {
      Space();
      if (!OneValue(depth + 1)) return false;
      Space();
    } while (Eat(','));
    return Eat(']');
  }

  bool Number() {
    Eat('-');
    if (!Eat('0') && !Digits()) return false;
    if (Eat('.') && !Digits()) return false;
    if (Eat('e') || Eat('E')) {
      if (!Eat('+')) Eat('-');
      return Digits();
    }
    return true;
  }

  bool Text() {
    ++at_;
    while (Peek() != '"') {
      if (Peek() < 0x20) return false;  // the end, too
      if (!(Peek() == '\\' ? Escape() : Character())) return false;
    }
    ++at_;
    return true;
  }

  bool Escape() {
    ++at_;
    const int c = Peek();
    ++at_;
    if (c != 'u')
      return c > 0 &&
             std::string_view("\"\\/bfnrt").find(static_cast<char>(c)) != std::string_view::npos;
    for (int i = 0; i < 4; ++i, ++at_) {
      const int digit = Peek();
      if (!((digit >= '0' && digit <= '9') || (digit >= 'a' && digit <= 'f') ||
            (digit >= 'A' && digit <= 'F'))) {
        return false;
      }
    }
    return true;
  }

  // RFC 3629, by decoding: no overlong form, no surrogate, nothing above U+10FFFF.
  bool Character() {
    const int first = Peek();
    ++at_;
    if (first < 0x80) return true;
    const int following = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
    if (first < 0xc0 || first > 0xf7) return false;
    long point = first & (0x3f >> following);
    for (int i = 0; i < following; ++i, ++at_) {
      if ((Peek() & ~0x3f) != 0x80) return false;
      point = point << 6 | (Peek() & 0x3f);
    }
    constexpr long kLeast[] = {0, 0x80, 0x800, 0x10000};
    return point >= kLeast[following] && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
  }

  const std::string owned_;
  const std::string_view text_;
  std::size_t at_ = 0;
  bool unique_ = true;
};

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_SUPPORT_JSON_CHECKER_H_
