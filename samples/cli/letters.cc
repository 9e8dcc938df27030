#include "samples/cli/letters.h"

#include <rapidjson/document.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <cstddef>
#include <string_view>
#include <utility>

#include "samples/cli/explain.h"
#include "samples/cli/json.h"
#include "samples/cli/print.h"

namespace cli {

using embeddables::DeadLetter;

namespace {

// Writes a number as it was read, and leaves out one text of the outermost object.
class ExactWriter : public JsonWriter {
 public:
  using Size = rapidjson::SizeType;

  ExactWriter(rapidjson::StringBuffer* buffer, std::string_view left_out)
      : JsonWriter(*buffer), left_out_(left_out) {}
  bool RawNumber(const char* digits, Size size, bool) {
    return RawValue(digits, size, rapidjson::kNumberType);
  }
  bool StartObject() {
    ++depth_;
    return JsonWriter::StartObject();
  }
  bool EndObject(Size) {
    --depth_;
    return JsonWriter::EndObject();
  }
  bool Key(const char* key, Size size, bool copy) {
    skips_ = depth_ == 1 && !left_out_.empty() && std::string_view(key, size) == left_out_;
    return skips_ || JsonWriter::Key(key, size, copy);
  }
  bool String(const char* text, Size size, bool copy) {
    const bool skipped = std::exchange(skips_, false);
    return skipped || JsonWriter::String(text, size, copy);
  }

 private:
  const std::string_view left_out_;
  unsigned depth_ = 0;
  bool skips_ = false;
};

// JSON text again, with all but ASCII escaped. Nothing: it is no JSON.
std::string Copy(std::string_view json, std::string_view left_out) {
  rapidjson::MemoryStream from(json.data(), json.size());
  rapidjson::StringBuffer buffer;
  ExactWriter writer(&buffer, left_out);
  rapidjson::Reader reader;
  constexpr unsigned kFlags =
      rapidjson::kParseNumbersAsStringsFlag | rapidjson::kParseIterativeFlag;
  if (reader.Parse<kFlags>(from, writer).IsError()) return {};
  return {buffer.GetString(), buffer.GetSize()};
}

const rapidjson::Value* Find(const rapidjson::Value& object, const char* key) {
  if (!object.IsObject()) return nullptr;
  const auto member = object.FindMember(key);
  return member == object.MemberEnd() || !member->value.IsString() ? nullptr : &member->value;
}

// A member that is a text which holds JSON.
std::string Held(const rapidjson::Value& object, const char* key, std::string_view left_out = {}) {
  const rapidjson::Value* text = Find(object, key);
  return text == nullptr ? "" : Copy({text->GetString(), text->GetStringLength()}, left_out);
}

void RawMember(JsonWriter* writer, const char* key, const std::string& json) {
  writer->Key(key);
  writer->RawValue(json.c_str(), json.size(), rapidjson::kObjectType);
}

void Line(const std::string& name, const std::string& value, std::string* all) {
  constexpr std::size_t kWidth = 11;
  *all += name + std::string(kWidth - name.size(), ' ') + Printable(value) + "\n";
}

}  // namespace

std::string LetterLines(const DeadLetter& letter) {
  std::string all;
  Line("id", std::to_string(letter.id), &all);
  Line("event", letter.event_name, &all);
  Line("event id", letter.event_id, &all);
  Line("answer", "HTTP " + std::to_string(letter.http_status), &all);
  Line("message", ExplainNews(letter.message, nullptr), &all);
  Line("request", letter.body, &all);
  return all;
}

bool TrackLine(const DeadLetter& letter, const std::string& event_id_key, std::string* line) {
  rapidjson::Document body;
  body.Parse<rapidjson::kParseIterativeFlag>(letter.body.data(), letter.body.size());
  const rapidjson::Value* timestamp = body.HasParseError() ? nullptr : Find(body, "timestamp");
  const std::string props =
      body.HasParseError() ? "" : Held(body, "custom_event_props", event_id_key);
  if (timestamp == nullptr || props.empty()) return false;
  const auto people = body.FindMember("identifiers");
  if (people == body.MemberEnd() || !people->value.IsArray() || people->value.Size() != 1) {
    return false;
  }
  const rapidjson::Value* key = Find(people->value[0], "key");
  const std::string value = Held(people->value[0], "value");
  if (key == nullptr || value.empty()) return false;

  rapidjson::StringBuffer buffer;
  JsonWriter writer(buffer);
  writer.StartObject();
  Member(&writer, "name", letter.event_name);
  RawMember(&writer, "props", props);
  Member(&writer, "timestamp", std::string(timestamp->GetString(), timestamp->GetStringLength()));
  writer.Key("identifier");
  writer.StartObject();
  RawMember(&writer, key->GetString(), value);
  writer.EndObject();
  writer.EndObject();
  *line = std::string(buffer.GetString(), buffer.GetSize());
  return true;
}

}  // namespace cli
