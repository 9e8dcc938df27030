#include "agent/base/json_reader.h"

#include "agent/base/json.h"

namespace embeddables {
namespace {

struct Handler : rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Handler> {
  explicit Handler(JsonVisitor* to) : visitor(to) {}

  bool Default() { return visitor->Other(); }
  bool String(const char* text, rapidjson::SizeType size, bool) {
    return visitor->Text({text, size});
  }
  bool Key(const char* key, rapidjson::SizeType size, bool) { return visitor->Key({key, size}); }
  bool StartObject() { return visitor->Begin(true); }
  bool EndObject(rapidjson::SizeType) { return visitor->End(); }
  bool StartArray() { return visitor->Begin(false); }
  bool EndArray(rapidjson::SizeType) { return visitor->End(); }

  JsonVisitor* visitor;
};

}  // namespace

bool ReadJson(std::string_view text, JsonVisitor* visitor) {
  rapidjson::MemoryStream stream(text.data(), text.size());
  rapidjson::Reader reader;
  Handler handler(visitor);
  // Iterative, so that the depth of a text does not become the depth of the caller's stack.
  const auto result = reader.Parse<rapidjson::kParseIterativeFlag>(stream, handler);
  // The stream takes a NUL for its end, so an embedded one would hide the text after it.
  return !result.IsError() && stream.Tell() == text.size();
}

}  // namespace embeddables
