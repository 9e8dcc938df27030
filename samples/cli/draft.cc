#include "samples/cli/draft.h"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cstdint>
#include <ctime>

namespace cli {
namespace {

using namespace embeddables;
using Json = rapidjson::Value;
using std::chrono::seconds;

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

bool Parse(std::string_view json, rapidjson::Document* document) {
  if (TooDeep(json)) return false;
  document->Parse(json.data(), json.size());
  return !document->HasParseError();
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

bool SetTime(const std::string& text, Draft* draft) {
  return ParseTime(text, &draft->options.time) ||
         Fail(draft, "time must be like 2026-01-31T23:59:59.999Z");
}

bool ReadMember(const std::string& name, const Json& value, Draft* draft) {
  if (name == "props") return AddProps(value, draft);
  if (name == "identifier") return SetIdentifier(value, draft);
  if (name == "name" && value.IsString()) {
    draft->name = Text(value);
    return true;
  }
  if (name == "timestamp" && value.IsString()) return SetTime(std::string(Text(value)), draft);
  if (name == "critical" && value.IsBool()) {
    draft->options.priority = value.GetBool() ? Priority::kCritical : Priority::kNormal;
    return true;
  }
  return Fail(draft, "unknown field, or of the wrong type: " + name);
}

bool Split(const std::string& text, std::string_view* key, std::string_view* value) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) return false;
  *key = std::string_view(text).substr(0, equals);
  *value = std::string_view(text).substr(equals + 1);
  return true;
}

// What reads as a JSON number, true, false or null is that; everything else is text.
Value Guess(std::string_view text, Draft* draft) {
  rapidjson::Document document;
  if (!Parse(text, &document) || document.IsString() || document.IsObject() || document.IsArray()) {
    return Value(text);
  }
  return PlainOrRaw(document, draft);
}

bool AddAll(const std::vector<std::string>& list, Prop::Group group, Draft* draft) {
  for (const std::string& each : list) {
    std::string_view key, value;
    if (!Split(each, &key, &value)) return Fail(draft, "not like key=value: " + each);
    const bool text = group == Prop::Group::kDimension;
    draft->props.emplace_back(key, text ? Value(value) : Guess(value, draft), group);
  }
  return true;
}

}  // namespace

bool ParseTime(const std::string& text, WallTime* time) {
  std::tm parts{};
  const char* rest = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (rest == nullptr) return false;
  std::int64_t millis = 0;
  if (*rest == '.') {
    int digits = 0;
    for (++rest; *rest >= '0' && *rest <= '9'; ++rest, ++digits) {
      if (digits < 3) millis = millis * 10 + (*rest - '0');
    }
    if (digits == 0) return false;
    for (; digits < 3; ++digits) millis *= 10;
  }
  if (std::string(rest) != "Z") return false;
  const std::int64_t since_1970 = timegm(&parts);
  constexpr std::int64_t kNineBillion = 9'000'000'000;  // WallTime counts nanoseconds
  if (since_1970 < -kNineBillion || since_1970 > kNineBillion) return false;
  *time = WallTime(seconds(since_1970) + std::chrono::milliseconds(millis));
  return true;
}

bool ReadLine(const std::string& line, Draft* draft) {
  if (!Parse(line, &draft->document) || !draft->document.IsObject()) {
    return Fail(draft, "not a JSON object, or nested too deep");
  }
  for (const auto& member : draft->document.GetObject()) {
    if (!ReadMember(std::string(Text(member.name)), member.value, draft)) return false;
  }
  return true;
}

bool ReadOptions(const TrackOptions& options, Draft* draft) {
  draft->name = options.name;
  if (!AddAll(options.props, Prop::Group::kPlain, draft) ||
      !AddAll(options.metrics, Prop::Group::kMetric, draft) ||
      !AddAll(options.dimensions, Prop::Group::kDimension, draft)) {
    return false;
  }
  if (!options.props_json.empty()) {
    if (!Parse(options.props_json, &draft->document) || !AddProps(draft->document, draft)) {
      return Fail(draft, "--props-json must be a JSON object");
    }
  }
  return options.at.empty() || SetTime(options.at, draft);
}

bool AddDefaults(const TrackOptions& options, Draft* draft) {
  if (options.critical) draft->options.priority = Priority::kCritical;
  if (options.identifier.empty() || !draft->options.identifier.empty()) return true;
  std::string_view key, value;
  if (!Split(options.identifier, &key, &value)) {
    return Fail(draft, "--identifier must be like email=a@b.c");
  }
  draft->options.identifier = {key, Value(value)};
  return true;
}

}  // namespace cli
