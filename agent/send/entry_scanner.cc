#include "agent/send/entry_scanner.h"

namespace embeddables {
namespace {

constexpr std::string_view kEntryId = "entry_id";
constexpr std::uint8_t kAnother = 255;

bool IsSpace(unsigned char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool IsDigit(unsigned char c) { return c >= '0' && c <= '9'; }

}  // namespace

void EntryScanner::Read(std::string_view piece) {
  for (const char c : piece) {
    if (state_ == State::kFound || state_ == State::kBroken) return;
    Take(static_cast<unsigned char>(c));
  }
}

void EntryScanner::Take(unsigned char c) {
  switch (state_) {
    case State::kString:
      return TakeString(c);
    case State::kEscape:
      return TakeEscape(c);
    case State::kHex:
      return TakeHex(c);
    case State::kLiteral:
      return TakeLiteral(c);
    case State::kMinus:
    case State::kZero:
    case State::kDigits:
    case State::kPoint:
    case State::kFraction:
    case State::kExponent:
    case State::kSign:
    case State::kPower:
      if (!TakeNumber(c)) TakeStructure(c);
      return;
    case State::kDeep:
      return TakeDeep(c);
    case State::kStart:
    case State::kMark2:
    case State::kMark3:
      return TakeStart(c);
    case State::kValue:
    case State::kFirstKey:
    case State::kKey:
    case State::kColon:
    case State::kFirstItem:
    case State::kNext:
    case State::kEnd:
      return TakeStructure(c);
    case State::kBroken:
    case State::kFound:
      return;
  }
}

void EntryScanner::TakeStart(unsigned char c) {
  const State before = state_;
  if (before == State::kStart && IsSpace(c)) return;
  state_ = State::kBroken;
  if (before == State::kMark2) {
    if (c == 0xbb) state_ = State::kMark3;
  } else if (before == State::kMark3) {
    if (c == 0xbf) state_ = State::kStart;
  } else if (c == 0xef) {
    state_ = State::kMark2;
  } else if (c == '{') {
    Open(true);
  }
}

void EntryScanner::TakeStructure(unsigned char c) {
  if (IsSpace(c)) return;
  const State before = state_;
  if (before == State::kValue || (before == State::kFirstItem && c != ']')) return TakeValue(c);
  state_ = State::kBroken;
  switch (c) {
    case '"':
      if (before == State::kFirstKey || before == State::kKey) BeginString(true);
      return;
    case ':':
      if (before == State::kColon) state_ = State::kValue;
      return;
    case ',':
      if (before == State::kNext) state_ = InObject() ? State::kKey : State::kValue;
      return;
    case '}':
      if (before == State::kFirstKey || before == State::kNext) Close(true);
      return;
    case ']':
      if (before == State::kFirstItem || before == State::kNext) Close(false);
      return;
    default:
      return;
  }
}

void EntryScanner::TakeValue(unsigned char c) {
  state_ = State::kBroken;
  switch (c) {
    case '"':
      return BeginString(false);
    case '{':
      return Open(true);
    case '[':
      return Open(false);
    case 't':
      return BeginLiteral("rue");
    case 'f':
      return BeginLiteral("alse");
    case 'n':
      return BeginLiteral("ull");
    case '-':
      state_ = State::kMinus;
      return;
    case '0':
      state_ = State::kZero;
      return;
    default:
      if (IsDigit(c)) state_ = State::kDigits;
  }
}

void EntryScanner::TakeDeep(unsigned char c) {
  if (c == '"') return BeginString(false);
  if (c == '{' || c == '[') ++depth_;
  if ((c == '}' || c == ']') && --depth_ == kLevels) state_ = State::kNext;
}

void EntryScanner::Open(bool object) {
  if (++depth_ > kLevels) {
    state_ = State::kDeep;
    return;
  }
  const std::uint64_t bit = std::uint64_t{1} << (depth_ - 1);
  objects_ = object ? objects_ | bit : objects_ & ~bit;
  state_ = object ? State::kFirstKey : State::kFirstItem;
}

void EntryScanner::Close(bool object) {
  if (InObject() != object) return;
  state_ = --depth_ == 0 ? State::kEnd : State::kNext;
}

void EntryScanner::BeginString(bool key) {
  state_ = State::kString;
  is_key_ = key;
  matched_ = 0;
}

void EntryScanner::BeginLiteral(const char* rest) {
  state_ = State::kLiteral;
  literal_ = rest;
}

void EntryScanner::EndString() {
  if (depth_ > kLevels) {
    state_ = State::kDeep;
  } else if (is_key_) {
    if (depth_ == 1) is_entry_id_ = matched_ == kEntryId.size();
    state_ = State::kColon;
  } else {
    state_ = depth_ == 1 && is_entry_id_ ? State::kFound : State::kNext;
  }
}

void EntryScanner::Character(unsigned code) {
  state_ = State::kString;
  const bool next =
      matched_ < kEntryId.size() && code == static_cast<unsigned char>(kEntryId[matched_]);
  matched_ = next ? static_cast<std::uint8_t>(matched_ + 1) : kAnother;
}

void EntryScanner::TakeString(unsigned char c) {
  if (c == '"') return EndString();
  if (c == '\\') {
    state_ = State::kEscape;
  } else if (c < 0x20) {
    state_ = State::kBroken;
  } else {
    Character(c);
  }
}

void EntryScanner::TakeEscape(unsigned char c) {
  switch (c) {
    case '"':
    case '\\':
    case '/':
      return Character(c);
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
      return Character('\n');  // the name "entry_id" has no escapes
    case 'u':
      state_ = State::kHex;
      hex_digits_ = 0;
      code_ = 0;
      return;
    default:
      state_ = State::kBroken;
  }
}

void EntryScanner::TakeHex(unsigned char c) {
  const auto lower = static_cast<unsigned char>(c | 0x20);
  const bool letter = lower >= 'a' && lower <= 'f';
  if (!IsDigit(c) && !letter) {
    state_ = State::kBroken;
    return;
  }
  code_ = static_cast<std::uint16_t>(code_ * 16 + (letter ? lower - 'a' + 10 : c - '0'));
  if (++hex_digits_ == 4) Character(code_);
}

void EntryScanner::TakeLiteral(unsigned char c) {
  if (c != static_cast<unsigned char>(*literal_)) {
    state_ = State::kBroken;
  } else if (*++literal_ == '\0') {
    state_ = State::kNext;
  }
}

bool EntryScanner::TakeNumber(unsigned char c) {
  const State before = state_;
  const bool digit = IsDigit(c);
  state_ = State::kBroken;
  if (before == State::kMinus) {
    if (digit) state_ = c == '0' ? State::kZero : State::kDigits;
  } else if (before == State::kPoint) {
    if (digit) state_ = State::kFraction;
  } else if (before == State::kExponent && (c == '+' || c == '-')) {
    state_ = State::kSign;
  } else if (before == State::kExponent || before == State::kSign) {
    if (digit) state_ = State::kPower;
  } else if (digit && before != State::kZero) {
    state_ = before;
  } else if (c == '.' && (before == State::kZero || before == State::kDigits)) {
    state_ = State::kPoint;
  } else if ((c == 'e' || c == 'E') && before != State::kPower) {
    state_ = State::kExponent;
  } else {
    state_ = State::kNext;
    return false;
  }
  return true;
}

}  // namespace embeddables
