#include "samples/collector/contract.h"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace collector {
namespace {

using Json = rapidjson::Value;

Answer Bad(const std::string& message) { return {400, "BAD_REQUEST", message}; }

Answer TakeString(const Json& object, const char* field, std::string* out) {
  const auto member = object.FindMember(field);
  if (member == object.MemberEnd()) return Bad(std::string(field) + " is missing");
  if (!member->value.IsString()) return Bad(std::string(field) + " must be a string");
  *out = Text(member->value);
  return {};
}

Answer CheckIdentifier(const Json& body, Event* event) {
  const auto member = body.FindMember("identifiers");
  if (member == body.MemberEnd()) return Bad("identifiers is missing");
  if (!member->value.IsArray()) return Bad("identifiers must be an array");
  if (member->value.Size() != 1) return Bad("identifiers must hold exactly one key and value");
  const Json& identifier = member->value[0];
  if (!identifier.IsObject()) return Bad("identifiers[0] must be an object");
  Answer answer = TakeString(identifier, "key", &event->identifier_key);
  if (answer.status == 200) answer = TakeString(identifier, "value", &event->identifier_value);
  if (answer.status != 200) return Bad("identifiers[0]." + answer.message);
  if (event->identifier_key.empty()) return Bad("identifiers[0].key must not be empty");
  rapidjson::Document value;
  if (!ParseJson(event->identifier_value, &value)) {
    return Bad("identifiers[0].value must be JSON: a string in its own double quotes");
  }
  if (value.IsString()) {
    const std::string_view text = Text(value);
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
      return Bad("identifiers[0].value was made JSON twice");
    }
  }
  return {};
}

Answer CheckProps(std::string_view event_id_key, Event* event) {
  rapidjson::Document props;
  if (!ParseJson(event->props, &props))
    return Bad("custom_event_props must be a string holding JSON");
  if (!props.IsObject()) return Bad("custom_event_props must hold a JSON object");
  const auto id = props.FindMember(
      Json(event_id_key.data(), static_cast<rapidjson::SizeType>(event_id_key.size())));
  if (id != props.MemberEnd() && id->value.IsString()) event->event_id = Text(id->value);
  return {};
}

bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

bool DaysExist(int year, int month, int day) {
  static constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month < 1 || month > 12) return false;
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return day >= 1 && day <= kDays[month - 1] + (leap && month == 2 ? 1 : 0);
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return c >= 'a' && c <= 'z'; }

// Takes the fraction of a second away.
std::string WithoutFraction(std::string_view text) {
  constexpr std::size_t kPoint = std::string_view("2026-01-31T23:59:59").size();
  if (text.size() <= kPoint || text[kPoint] != '.') return std::string(text);
  std::size_t end = kPoint + 1;
  while (end < text.size() && IsDigit(text[end])) ++end;
  if (end == kPoint + 1) return std::string(text);  // no digit: refused as it is
  return std::string(text.substr(0, kPoint)) + std::string(text.substr(end));
}

}  // namespace

std::string_view Text(const Json& value) { return {value.GetString(), value.GetStringLength()}; }

bool ParseJson(std::string_view text, rapidjson::Document* document) {
  // Iterative: a hostile depth must not become the stack's. A NUL ends RapidJSON's input early.
  document->Parse<rapidjson::kParseIterativeFlag>(text.data(), text.size());
  return !document->HasParseError() && text.find('\0') == std::string_view::npos;
}

bool IsIsoDateTime(std::string_view text) {
  // Each 0 stands for a digit. A standard regular expression would take seconds to compile.
  constexpr std::string_view kUtc = "0000-00-00T00:00:00Z", kOffset = "0000-00-00T00:00:00+00:00";
  const std::string whole = WithoutFraction(text);
  const std::string_view form = whole.size() == kUtc.size() ? kUtc : kOffset;
  if (whole.size() != form.size()) return false;
  for (std::size_t i = 0; i < form.size(); ++i) {
    const bool minus = form[i] == '+' && whole[i] == '-';
    if (form[i] == '0' ? !IsDigit(whole[i]) : whole[i] != form[i] && !minus) return false;
  }
  const auto number = [&whole](std::size_t at, std::size_t digits) {
    return std::stoi(whole.substr(at, digits));
  };
  return DaysExist(number(0, 4), number(5, 2), number(8, 2)) && number(11, 2) < 24 &&
         number(14, 2) < 60 && number(17, 2) <= 60;
}

bool IsSnakeCase(std::string_view text) {
  if (text.empty() || !IsLetter(text.front()) || text.back() == '_') return false;
  char before = '\0';
  for (const char c : text) {
    if (!IsLetter(c) && !IsDigit(c) && c != '_') return false;
    if (c == '_' && before == '_') return false;
    before = c;
  }
  return true;
}

Answer CheckEvent(const EventRequest& request, std::string_view required_key,
                  std::string_view event_id_key, Event* event) {
  if (request.api_key.empty()) return {401, "UNAUTHORIZED", "X-Api-Key is missing"};
  if (!required_key.empty() && request.api_key != required_key) {
    return {401, "UNAUTHORIZED", "X-Api-Key is wrong"};
  }
  if (!StartsWith(request.project_id, "pr_")) return Bad("the project id must begin with pr_");
  if (!StartsWith(request.content_type, "application/json")) {
    return Bad("Content-Type must be application/json");
  }
  rapidjson::Document body;
  if (!ParseJson(request.body, &body) || !body.IsObject())
    return Bad("the body must be a JSON object");
  event->project_id = request.project_id;
  Answer answer = TakeString(body, "embeddable_id", &event->embeddable_id);
  if (answer.status == 200) answer = TakeString(body, "timestamp", &event->timestamp);
  if (answer.status == 200) answer = TakeString(body, "custom_event_name", &event->name);
  if (answer.status == 200) answer = TakeString(body, "custom_event_props", &event->props);
  if (answer.status != 200) return answer;
  if (!StartsWith(event->embeddable_id, "flow_")) {
    return Bad("embeddable_id must begin with flow_");
  }
  if (!IsIsoDateTime(event->timestamp)) return Bad("timestamp must be an ISO 8601 date and time");
  if (!IsSnakeCase(event->name)) return Bad("custom_event_name must be snake_case");
  answer = CheckProps(event_id_key, event);
  if (answer.status == 200) answer = CheckIdentifier(body, event);
  return answer;
}

std::string Quoted(std::string_view text) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  return {buffer.GetString(), buffer.GetSize()};
}

std::string EventBody(const Event& event) {
  return "{\"entry_id\":\"entry_local\",\"contact_id\":\"contact_local\",\"project_id\":" +
         Quoted(event.project_id) +
         ",\"group_id\":\"group_local\",\"embeddable_id\":" + Quoted(event.embeddable_id) +
         ",\"timestamp\":" + Quoted(event.timestamp) +
         ",\"event_type\":\"custom_event:triggered\",\"custom_event_name\":" + Quoted(event.name) +
         ",\"custom_event_props\":" + Quoted(event.props) + "}";
}

std::string ErrorBody(const Answer& answer, const std::string& project_id) {
  const std::string error = "{\"error\":{\"code\":" + Quoted(answer.code) +
                            ",\"message\":" + Quoted(answer.message) + "}";
  return answer.status == 401 ? error + ",\"projectId\":" + Quoted(project_id) + "}" : error + "}";
}

}  // namespace collector
