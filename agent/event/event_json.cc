#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <forward_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/base/json_text.h"
#include "agent/base/utf8.h"
#include "agent/event/event.h"

namespace embeddables {
namespace {

// --- Values.

void WriteValue(const Value& value, JsonText* json) {
  switch (value.type()) {
    case Value::Type::kNull:
      return json->Raw("null");
    case Value::Type::kBool:
      return json->Raw(value.as_bool() ? "true" : "false");
    case Value::Type::kInt:
      return json->Int(value.as_int());
    case Value::Type::kUint:
      return json->Uint(value.as_uint());
    case Value::Type::kDouble:
      return json->Double(value.as_double());
    case Value::Type::kString:
      return json->String(value.text());
    case Value::Type::kRaw:
      return json->Raw(value.text());
  }
}

// --- Props.

struct NamedValue {
  std::string_view key;  // well-formed: two broken keys may become the same
  Value value;
  Prop::Group group;
};

std::string_view GroupKey(Prop::Group group) {
  switch (group) {
    case Prop::Group::kPlain:
      return {};
    case Prop::Group::kMetric:
      return kMetrics;
    case Prop::Group::kDimension:
      return kDimensions;
  }
  return {};
}

// Would both get the same key of the same object? A group has its own key among the plain props.
bool Clash(const NamedValue& a, const NamedValue& b) {
  if (a.group == b.group) return a.key == b.key;
  if (a.group == Prop::Group::kPlain) return a.key == GroupKey(b.group);
  return b.group == Prop::Group::kPlain && b.key == GroupKey(a.group);
}

std::string_view Keep(std::string text, std::forward_list<std::string>* kept) {
  kept->push_front(std::move(text));
  return kept->front();
}

// `repaired` keeps the keys that were not well-formed.
std::vector<NamedValue> ReadProps(std::string_view encoded, std::string_view event_id_key,
                                  std::forward_list<std::string>* repaired) {
  constexpr std::size_t kUsual = 8;
  std::vector<NamedValue> props;
  props.reserve(kUsual);
  PropReader reader(encoded);
  Prop prop("", nullptr);
  std::string room;
  while (reader.Next(&prop)) {
    NamedValue named{WellFormedUtf8(prop.key, &room), prop.value, prop.group};
    if (named.key.data() == room.data()) named.key = Keep(std::move(room), repaired);
    // A new configuration may have made the key the agent's own since the event was stored.
    const bool agents = named.group == Prop::Group::kPlain && named.key == event_id_key;
    const auto clashes = [&named](const NamedValue& other) { return Clash(other, named); };
    if (!agents && std::none_of(props.begin(), props.end(), clashes)) props.push_back(named);
  }
  return props;
}

void WriteMembers(const std::vector<NamedValue>& props, Prop::Group group, JsonText* json) {
  for (const NamedValue& prop : props) {
    if (prop.group != group) continue;
    json->Key(prop.key);
    WriteValue(prop.value, json);
  }
}

void WriteGroup(const std::vector<NamedValue>& props, Prop::Group group, JsonText* json) {
  const auto in_group = [group](const NamedValue& prop) { return prop.group == group; };
  if (std::none_of(props.begin(), props.end(), in_group)) return;
  json->Key(GroupKey(group));
  json->BeginObject();
  WriteMembers(props, group, json);
  json->EndObject();
}

// --- Time.

struct CivilDate {
  int year, month, day;
};

// The inverse of Howard Hinnant's days_from_civil: eras of 400 years that begin on a 1 March. Takes
// days since 0000-03-01.
CivilDate CivilFromDays(std::int64_t days) {
  const std::int64_t era = days / 146'097;
  const std::int64_t day_of_era = days % 146'097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t from_march = (5 * day_of_year + 2) / 153;
  const std::int64_t day = day_of_year - (153 * from_march + 2) / 5 + 1;
  const std::int64_t month = from_march < 10 ? from_march + 3 : from_march - 9;
  const std::int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
  return {static_cast<int>(year), static_cast<int>(month), static_cast<int>(day)};
}

// Writes a decimal with leading zeros, without printf's warnings and locales.
void AppendNumber(std::int64_t number, int digits, char after, std::string* out) {
  const std::size_t begin = out->size();
  out->resize(begin + static_cast<std::size_t>(digits), '0');
  for (std::size_t i = out->size(); i > begin; number /= 10) {
    (*out)[--i] = static_cast<char>('0' + number % 10);
  }
  out->push_back(after);
}

}  // namespace

void WriteProps(const Record& record, std::string_view event_id_key, JsonText* json) {
  std::forward_list<std::string> repaired;
  const std::vector<NamedValue> props = ReadProps(record.props, event_id_key, &repaired);
  json->BeginObject();
  WriteMembers(props, Prop::Group::kPlain, json);
  if (!event_id_key.empty()) {
    char id[37];
    FormatEventId(record.id, id);
    json->Key(event_id_key);
    json->String({id, 36});
  }
  WriteGroup(props, Prop::Group::kMetric, json);
  WriteGroup(props, Prop::Group::kDimension, json);
  json->EndObject();
}

std::string PropsJson(const Record& record, std::string_view event_id_key) {
  std::string out;
  JsonText json(&out);
  WriteProps(record, event_id_key, &json);
  return out;
}

std::string ValueJson(const Value& value) {
  std::string out;
  JsonText json(&out);
  WriteValue(value, &json);
  return out;
}

std::string Iso8601(std::int64_t wall_ms) {
  constexpr std::int64_t kFirst = -62'135'596'800'000;  // 0001-01-01
  constexpr std::int64_t kLast = 253'402'300'799'999;   // the last of 9999
  constexpr std::int64_t kDayMs = 86'400'000;
  constexpr std::int64_t kDaysTo1970 = 719'468;  // from 0000-03-01
  const std::int64_t ms = std::clamp(wall_ms, kFirst, kLast) + kDaysTo1970 * kDayMs;
  const CivilDate date = CivilFromDays(ms / kDayMs);
  const std::int64_t of_day = ms % kDayMs;
  std::string out;
  AppendNumber(date.year, 4, '-', &out);
  AppendNumber(date.month, 2, '-', &out);
  AppendNumber(date.day, 2, 'T', &out);
  AppendNumber(of_day / 3'600'000, 2, ':', &out);
  AppendNumber(of_day / 60'000 % 60, 2, ':', &out);
  AppendNumber(of_day / 1'000 % 60, 2, '.', &out);
  AppendNumber(of_day % 1'000, 3, 'Z', &out);
  return out;
}

void FormatEventId(const unsigned char id[16], char out[37]) {
  constexpr char kHex[] = "0123456789abcdef";
  for (int i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) *out++ = '-';
    *out++ = kHex[id[i] >> 4];
    *out++ = kHex[id[i] & 15];
  }
  *out = '\0';
}

}  // namespace embeddables
