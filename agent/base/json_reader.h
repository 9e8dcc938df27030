// Walks through JSON text, once, without keeping it: the library's only use of RapidJSON's reader,
// whose large code would be generated again for each kind of handler.

#ifndef EMBEDDABLES_AGENT_BASE_JSON_READER_H_
#define EMBEDDABLES_AGENT_BASE_JSON_READER_H_

#include <string_view>

namespace embeddables {

// Each call returns false to end the walk.
class JsonVisitor {
 public:
  virtual bool Begin(bool object) = 0;  // otherwise an array
  virtual bool End() = 0;
  virtual bool Key(std::string_view) { return true; }
  virtual bool Text(std::string_view) { return true; }
  virtual bool Other() { return true; }  // null, a boolean, a number

 protected:
  ~JsonVisitor() = default;
};

// False: the visitor ended the walk, or the text is not exactly one JSON value.
bool ReadJson(std::string_view text, JsonVisitor* visitor);

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_BASE_JSON_READER_H_
