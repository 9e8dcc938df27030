// Finds the server's confirmation in an answer while it streams: a complete string member
// "entry_id" of the outermost JSON object. The answer repeats the request, escaped as the server
// likes, so it may be too long to keep; and it may break off after the confirmation.
//
// Follows JSON's grammar (RFC 8259) byte by byte, wherever the pieces are cut, in constant memory.
// It is more lenient in three places: byte order marks before the object are skipped, half a
// surrogate pair is a character (a server may cut a text there), and below 64 levels of nesting it
// looks only at strings and brackets.

#ifndef EMBEDDABLES_AGENT_SEND_ENTRY_SCANNER_H_
#define EMBEDDABLES_AGENT_SEND_ENTRY_SCANNER_H_

#include <cstdint>
#include <string_view>

namespace embeddables {

class EntryScanner {
 public:
  void Read(std::string_view piece);

  // There is one. The scanner ignores all that follows.
  bool found() const { return state_ == State::kFound; }
  // The body is nothing but white space.
  bool blank() const { return state_ == State::kStart; }
  // The body is one whole object and nothing more. Valid only while no confirmation is found.
  bool object() const { return state_ == State::kEnd; }

 private:
  enum class State : std::uint8_t {
    kStart,
    kMark2,  // of a byte order mark: its second and third byte
    kMark3,
    kValue,
    kFirstKey,   // or the object's end
    kKey,        // after a comma
    kColon,      // after a key
    kFirstItem,  // or the array's end
    kNext,       // after a value: a comma, or the end of what it is in
    kDeep,
    kString,
    kEscape,
    kHex,
    kLiteral,
    kMinus,
    kZero,
    kDigits,
    kPoint,
    kFraction,
    kExponent,
    kSign,
    kPower,
    kEnd,
    kBroken,
    kFound,
  };
  static constexpr unsigned kLevels = 64;

  void Take(unsigned char c);
  void TakeStart(unsigned char c);
  void TakeStructure(unsigned char c);
  void TakeValue(unsigned char c);
  void TakeDeep(unsigned char c);
  void TakeString(unsigned char c);
  void TakeEscape(unsigned char c);
  void TakeHex(unsigned char c);
  void TakeLiteral(unsigned char c);
  // False: the number ended before this byte.
  bool TakeNumber(unsigned char c);
  void BeginString(bool key);
  void BeginLiteral(const char* rest);
  void EndString();
  void Open(bool object);
  void Close(bool object);
  void Character(unsigned code);
  bool InObject() const { return (objects_ >> (depth_ - 1) & 1) != 0; }

  State state_ = State::kStart;
  bool is_key_ = false;       // the string
  bool is_entry_id_ = false;  // the last key of the outermost object
  std::uint8_t matched_ = 0;  // bytes of "entry_id" that the key has matched so far; or more
  std::uint8_t hex_digits_ = 0;
  std::uint16_t code_ = 0;         // of an escape
  std::uint32_t depth_ = 0;        // how many objects and arrays are open
  std::uint64_t objects_ = 0;      // a bit per level, set for an object; outermost: lowest bit
  const char* literal_ = nullptr;  // the part of the word that is still to come
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_SEND_ENTRY_SCANNER_H_
