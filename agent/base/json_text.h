// Writes JSON in one pass, to the end of a string that is kept for its memory.
//
// JSON inside a JSON string (the contract's custom_event_props) is written at once in its escaped
// form, which RapidJSON's Writer cannot do. Text that is not UTF-8 is repaired.

#ifndef EMBEDDABLES_AGENT_BASE_JSON_TEXT_H_
#define EMBEDDABLES_AGENT_BASE_JSON_TEXT_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace embeddables {

class JsonText {
 public:
  explicit JsonText(std::string* out) : out_(out) {}

  // Between these two calls everything is written as the content of one string. They do not nest.
  void BeginText();
  void EndText();

  void BeginObject();
  void EndObject();
  void BeginArray();
  void EndArray();
  void Key(std::string_view key);
  void String(std::string_view text);
  // Writes a value of any type that is JSON already.
  void Raw(std::string_view json);
  void Int(std::int64_t number);
  void Uint(std::uint64_t number);
  // JSON has no infinity and no NaN: they become null.
  void Double(double number);

 private:
  void Comma();
  void Put(std::string_view json);
  void PutEscaped(std::string_view text);
  void PutString(std::string_view text);

  std::string* out_;
  bool in_text_ = false;
  bool comma_ = false;  // this object or array already has a value
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_BASE_JSON_TEXT_H_
