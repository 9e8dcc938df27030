#include "samples/cli/draft.h"

#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <system_error>

#include "samples/cli/times.h"
#include "samples/cli/values.h"

namespace cli {
namespace {

using namespace embeddables;
using Json = rapidjson::Value;

std::string_view Text(const Json& value) { return {value.GetString(), value.GetStringLength()}; }

// Deeper than any event may be; and shallow enough for what walks a document by recursion.
bool TooDeep(std::string_view json) {
  constexpr int kDeepest = 64;
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (c == '"') quoted = !quoted;
    if (quoted && c == '\\') ++i;
    if (quoted) continue;
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') --depth;
    if (depth > kDeepest) return true;
  }
  return false;
}

// Hands what the reader finds to a document, numbers exactly: RapidJSON's own exact reading counts
// the leading zero bits of a zero ("0e222"), which is undefined.
class ExactNumbers {
 public:
  using Ch = char;
  using Size = rapidjson::SizeType;
  explicit ExactNumbers(rapidjson::Document* document) : to_(*document) {}

  bool RawNumber(const char* digits, Size size, bool /*copy*/) {
    const char* end = digits + size;
    std::int64_t whole = 0;
    std::uint64_t large = 0;
    double number = 0;
    if (Is(std::from_chars(digits, end, whole), end)) return to_.Int64(whole);
    if (Is(std::from_chars(digits, end, large), end)) return to_.Uint64(large);
    const std::from_chars_result read = std::from_chars(digits, end, number);
    // Too small for a double is zero; too large is refused.
    if (read.ec != std::errc() && std::string_view(digits, size).find("e-") == std::string::npos &&
        std::string_view(digits, size).find("E-") == std::string::npos) {
      return false;
    }
    return to_.Double(read.ec == std::errc() ? number : 0.0);
  }
  bool Null() { return to_.Null(); }
  bool Bool(bool value) { return to_.Bool(value); }
  bool Int(int value) { return to_.Int(value); }
  bool Uint(unsigned value) { return to_.Uint(value); }
  bool Int64(std::int64_t value) { return to_.Int64(value); }
  bool Uint64(std::uint64_t value) { return to_.Uint64(value); }
  bool Double(double value) { return to_.Double(value); }
  bool String(const char* text, Size size, bool copy) { return to_.String(text, size, copy); }
  bool Key(const char* text, Size size, bool copy) { return to_.Key(text, size, copy); }
  bool StartObject() { return to_.StartObject(); }
  bool EndObject(Size members) { return to_.EndObject(members); }
  bool StartArray() { return to_.StartArray(); }
  bool EndArray(Size elements) { return to_.EndArray(elements); }

 private:
  static bool Is(const std::from_chars_result& read, const char* end) {
    return read.ec == std::errc() && read.ptr == end;
  }

  rapidjson::Document& to_;
};

// RapidJSON would take a NUL for the end, and leave what is behind it.
bool Parse(std::string_view json, rapidjson::Document* document) {
  if (TooDeep(json) || json.find('\0') != std::string_view::npos) return false;
  rapidjson::MemoryStream bytes(json.data(), json.size());
  bool whole = false;
  const auto read = [&](rapidjson::Document& to) {
    ExactNumbers numbers(&to);
    rapidjson::Reader reader;
    whole = !reader.Parse<rapidjson::kParseNumbersAsStringsFlag>(bytes, numbers).IsError();
    return whole;
  };
  document->Populate(read);
  return whole;
}

Value PlainOrRaw(const Json& value, Draft* draft) {
  if (value.IsNull()) return Value(nullptr);
  if (value.IsBool()) return Value(value.GetBool());
  if (value.IsInt64()) return Value(value.GetInt64());
  if (value.IsUint64()) return Value(value.GetUint64());
  if (value.IsDouble()) return Value(value.GetDouble());
  if (value.IsString()) return Value(Text(value));
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  value.Accept(writer);
  return Raw(draft->Keep(std::string(buffer.GetString(), buffer.GetSize())));
}

bool Fail(Draft* draft, std::string error) {
  draft->error = std::move(error);
  return false;
}

// How the text of a value is read.
enum class How { kGuess, kNumber, kText };

bool AddProps(const Json& object, Draft* draft) {
  if (!object.IsObject()) return Fail(draft, "props must be a JSON object");
  for (const auto& member : object.GetObject()) {
    draft->props.emplace_back(Text(member.name), PlainOrRaw(member.value, draft));
  }
  return true;
}

bool SetIdentifier(const Json& object, Draft* draft) {
  if (!object.IsObject() || object.MemberCount() != 1) {
    return Fail(draft, R"(identifier must be like {"email": "a@b.c"})");
  }
  const auto member = object.MemberBegin();
  draft->options.identifier = {Text(member->name), PlainOrRaw(member->value, draft)};
  return true;
}

bool SetTime(std::string_view text, Draft* draft) {
  std::string wrong = ReadTime(text, &draft->options.time);
  return wrong.empty() || Fail(draft, std::move(wrong));
}

// Seconds since 1970.
bool SetTime(const Json& value, Draft* draft) {
  if (value.IsString()) return SetTime(Text(value), draft);
  if (value.IsInt64()) return SetTime(std::to_string(value.GetInt64()), draft);
  if (!value.IsNumber()) return Fail(draft, "timestamp must be a time or seconds since 1970");
  const std::string wrong = ReadTime(value.GetDouble(), &draft->options.time);
  return wrong.empty() || Fail(draft, "timestamp: " + wrong);
}

bool ReadMember(const std::string& name, const Json& value, Draft* draft) {
  if (name == "props") return AddProps(value, draft);
  if (name == "identifier") return SetIdentifier(value, draft);
  if (name == "name" && value.IsString()) {
    draft->name = Text(value);
    return true;
  }
  if (name == "timestamp") return SetTime(value, draft);
  if (name == "anonymous" && value.IsBool()) {
    draft->anonymous = value.GetBool();
    return true;
  }
  if (name == "critical" && value.IsBool()) {
    draft->options.priority = value.GetBool() ? Priority::kCritical : Priority::kNormal;
    return true;
  }
  return Fail(draft, "unknown field, or of the wrong type: \"" + name + "\"");
}

bool ReadValue(std::string_view text, How how, Value* value, std::string* why) {
  if (how == How::kNumber) return ReadNumber(text, value, why);
  *value = how == How::kText ? Value(text) : Guess(text);
  return true;
}

bool AddAll(const char* option, const std::vector<std::string>& list, How how, Prop::Group group,
            Draft* draft) {
  for (const std::string& each : list) {
    std::string_view key, text;
    Value value;
    std::string why;
    if (!Split(each, &key, &text)) {
      return Fail(draft, std::string(option) + " \"" + each + "\": it must be like key=value");
    }
    if (!ReadValue(text, how, &value, &why)) {
      return Fail(draft, std::string(option) + " " + std::string(key) + ": " + why);
    }
    draft->props.emplace_back(key, value, group);
  }
  return true;
}

bool AddJson(const std::string& json, Draft* draft) {
  if (json.empty()) return true;
  if (!Parse(json, &draft->document) || !draft->document.IsObject()) {
    return Fail(draft, "--props-json must be a JSON object");
  }
  return AddProps(draft->document, draft);
}

bool Has(const Draft& draft, const Prop& prop) {
  return std::any_of(draft.props.begin(), draft.props.end(), [&prop](const Prop& own) {
    return own.key == prop.key && own.group == prop.group;
  });
}

}  // namespace

bool ReadLine(std::string_view line, Draft* draft) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (line.substr(0, kByteOrderMark.size()) == kByteOrderMark) {
    line.remove_prefix(kByteOrderMark.size());
  }
  if (!Parse(line, &draft->document) || !draft->document.IsObject()) {
    return Fail(draft, "not a JSON object, or nested too deep");
  }
  for (const auto& member : draft->document.GetObject()) {
    if (!ReadMember(std::string(Text(member.name)), member.value, draft)) return false;
  }
  return true;
}

bool ReadProps(const TrackOptions& options, Draft* draft) {
  const auto plain = Prop::Group::kPlain;
  return AddAll("--prop", options.props, How::kGuess, plain, draft) &&
         AddAll("--number", options.numbers, How::kNumber, plain, draft) &&
         AddAll("--text", options.texts, How::kText, plain, draft) &&
         AddAll("--metric", options.metrics, How::kNumber, Prop::Group::kMetric, draft) &&
         AddAll("--dimension", options.dimensions, How::kText, Prop::Group::kDimension, draft) &&
         AddJson(options.props_json, draft);
}

bool ReadOptions(const TrackOptions& options, Draft* draft) {
  draft->name = options.name;
  if (!ReadProps(options, draft)) return false;
  if (options.at.empty() || SetTime(options.at, draft)) return true;
  return Fail(draft, "--at " + draft->error);
}

bool AddDefaults(const TrackOptions& options, Draft* draft) {
  if (options.critical) draft->options.priority = Priority::kCritical;
  for (const Prop& prop : options.common) {
    if (!Has(*draft, prop)) draft->props.push_back(prop);
  }
  if (draft->anonymous && !draft->options.identifier.empty()) {
    return Fail(draft, "it has an identifier and is anonymous; leave out one");
  }
  if (draft->anonymous || options.anonymous || !draft->options.identifier.empty()) return true;
  std::string_view key, value;
  if (!Split(options.identifier, &key, &value)) return Fail(draft, kNobody);
  draft->options.identifier = {key, Value(value)};
  return true;
}

}  // namespace cli
