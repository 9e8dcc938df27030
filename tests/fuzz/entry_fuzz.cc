// The scanner against RapidJSON: both find the same confirmations in the same texts, wherever the
// text is cut into pieces.

#include <rapidjson/reader.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "agent/send/entry_scanner.h"
#include "tests/fuzz/fuzz.h"

namespace embeddables::fuzz {
namespace {

// Below this the scanner looks at strings and brackets only.
constexpr unsigned kLevels = 64;

struct Handler : rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Handler> {
  bool Default() { return Value(); }
  bool RawNumber(const char*, rapidjson::SizeType, bool) { return Value(); }
  bool Key(const char* key, rapidjson::SizeType size, bool) {
    if (depth == 1) is_entry_id = std::string_view(key, size) == "entry_id";
    return true;
  }
  bool String(const char*, rapidjson::SizeType, bool) {
    found = found || (object && depth == 1 && is_entry_id);
    return Value();
  }
  bool StartObject() { return Open(true); }
  bool EndObject(rapidjson::SizeType) { return Close(); }
  bool StartArray() { return Open(false); }
  bool EndArray(rapidjson::SizeType) { return Close(); }

  bool Value() { return true; }
  bool Open(bool is_object) {
    if (depth == 0) object = is_object;
    deepest = std::max(deepest, ++depth);
    return true;
  }
  bool Close() { return depth-- > 0; }

  bool object = false, found = false, is_entry_id = false;
  unsigned depth = 0, deepest = 0;
};

std::string_view SkipBlanksAndMarks(std::string_view text) {
  constexpr std::string_view kMark = "\xef\xbb\xbf";
  for (;;) {
    if (text.substr(0, kMark.size()) == kMark) {
      text.remove_prefix(kMark.size());
    } else if (!text.empty() && std::string_view(" \t\r\n").find(text[0]) != text.npos) {
      text.remove_prefix(1);
    } else {
      return text;
    }
  }
}

EntryScanner Scan(std::string_view text, std::size_t piece) {
  EntryScanner scanner;
  while (!text.empty()) {
    scanner.Read(text.substr(0, piece));
    text.remove_prefix(std::min(piece, text.size()));
  }
  return scanner;
}

void One(std::size_t piece, std::string_view text) {
  const EntryScanner scanner = Scan(text, piece);
  const EntryScanner at_once = Scan(text, std::string_view::npos);
  Require(scanner.found() == at_once.found() && scanner.blank() == at_once.blank() &&
              scanner.object() == at_once.object(),
          "where the pieces end does not matter");
  const std::string_view json = SkipBlanksAndMarks(text);
  Require(scanner.blank() == json.empty(), "blank is nothing but white space");

  Handler handler;
  rapidjson::MemoryStream stream(json.data(), json.size());
  rapidjson::Reader reader;
  constexpr unsigned kFlags = rapidjson::kParseIterativeFlag | rapidjson::kParseStopWhenDoneFlag |
                              rapidjson::kParseNumbersAsStringsFlag;
  const auto result = reader.Parse<kFlags>(stream, handler);
  const bool ended = !result.IsError() && SkipBlanksAndMarks(json.substr(stream.Tell())).empty() &&
                     json.find('\xef', stream.Tell()) == json.npos;
  Require(!handler.found || scanner.found(), "what RapidJSON finds, the scanner finds");
  Require(!ended || !handler.object || scanner.found() || scanner.object(),
          "a whole object is one");
  const bool more_lenient = handler.deepest > kLevels ||
                            result.Code() == rapidjson::kParseErrorNumberTooBig ||
                            result.Code() == rapidjson::kParseErrorStringUnicodeSurrogateInvalid;
  if (more_lenient) return;
  Require(handler.found || !scanner.found(), "what the scanner finds, RapidJSON finds");
  Require((ended && handler.object) || !scanner.object(), "no other text is an object");
}

}  // namespace
}  // namespace embeddables::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  embeddables::fuzz::Input input(data, size);
  const std::size_t piece = std::size_t{1} + input.Byte() % 16;
  embeddables::fuzz::One(piece, input.Rest());
  return 0;
}
