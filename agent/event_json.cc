#include <algorithm>
#include <cmath>
#include <vector>

#include "agent/event.h"
#include "agent/json.h"
#include "agent/utf8.h"

namespace embeddables {
namespace {

constexpr char kMetrics[] = "payload_metrics";
constexpr char kDimensions[] = "payload_dimensions";

using JsonWriter = rapidjson::Writer<rapidjson::StringBuffer>;

// --- Values.

void WriteText(std::string_view text, JsonWriter* writer) {
  const std::string repaired = RepairUtf8(text);
  writer->String(repaired.data(), static_cast<rapidjson::SizeType>(repaired.size()));
}

void WriteRaw(std::string_view text, JsonWriter* writer) {
  const std::string repaired = RepairUtf8(text);
  // The type only matters to RapidJSON where a key is due.
  writer->RawValue(repaired.data(), repaired.size(), rapidjson::kObjectType);
}

void WriteValue(const Value& value, JsonWriter* writer) {
  switch (value.type()) {
    case Value::Type::kNull:
      writer->Null();
      return;
    case Value::Type::kBool:
      writer->Bool(value.as_bool());
      return;
    case Value::Type::kInt:
      writer->Int64(value.as_int());
      return;
    case Value::Type::kUint:
      writer->Uint64(value.as_uint());
      return;
    case Value::Type::kDouble:
      // JSON has no NaN; RapidJSON would write nothing at all.
      if (std::isfinite(value.as_double())) {
        writer->Double(value.as_double());
      } else {
        writer->Null();
      }
      return;
    case Value::Type::kString:
      WriteText(value.text(), writer);
      return;
    case Value::Type::kRaw:
      WriteRaw(value.text(), writer);
      return;
  }
}

// --- Props.

struct NamedValue {
  std::string key;  // well-formed: two broken keys may become one
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

// Would both stand under one key of one object? A group stands under its own key among the plain.
bool Clash(const NamedValue& a, const NamedValue& b) {
  if (a.group == b.group) return a.key == b.key;
  if (a.group == Prop::Group::kPlain) return a.key == GroupKey(b.group);
  return b.group == Prop::Group::kPlain && b.key == GroupKey(a.group);
}

std::vector<NamedValue> ReadProps(std::string_view encoded, std::string_view event_id_key) {
  std::vector<NamedValue> props;
  PropReader reader(encoded);
  Prop prop("", nullptr);
  while (reader.Next(&prop)) {
    NamedValue named{RepairUtf8(prop.key), prop.value, prop.group};
    // The key may have become the agent's by a new configuration since the event was stored.
    const bool agents = named.group == Prop::Group::kPlain && named.key == event_id_key;
    const auto clashes = [&named](const NamedValue& other) { return Clash(other, named); };
    if (!agents && std::none_of(props.begin(), props.end(), clashes)) {
      props.push_back(std::move(named));
    }
  }
  return props;
}

void WriteMembers(const std::vector<NamedValue>& props, Prop::Group group, JsonWriter* writer) {
  for (const NamedValue& prop : props) {
    if (prop.group != group) continue;
    writer->Key(prop.key.data(), static_cast<rapidjson::SizeType>(prop.key.size()));
    WriteValue(prop.value, writer);
  }
}

void WriteGroup(const std::vector<NamedValue>& props, Prop::Group group, JsonWriter* writer) {
  const auto in_group = [group](const NamedValue& prop) { return prop.group == group; };
  if (std::none_of(props.begin(), props.end(), in_group)) return;
  const std::string_view key = GroupKey(group);
  writer->Key(key.data(), static_cast<rapidjson::SizeType>(key.size()));
  writer->StartObject();
  WriteMembers(props, group, writer);
  writer->EndObject();
}

// --- Time.

struct CivilDate {
  int year, month, day;
};

// Howard Hinnant's days_from_civil, backwards: eras of 400 years that begin on a 1 March. For days
// since 0000-03-01.
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

// Decimal with leading zeros; no printf, whose warnings and locales are not needed here.
void AppendNumber(std::int64_t number, int digits, char after, std::string* out) {
  const std::size_t begin = out->size();
  out->resize(begin + static_cast<std::size_t>(digits), '0');
  for (std::size_t i = out->size(); i > begin; number /= 10) {
    (*out)[--i] = static_cast<char>('0' + number % 10);
  }
  out->push_back(after);
}

}  // namespace

std::string PropsJson(const Record& record, std::string_view event_id_key) {
  const std::vector<NamedValue> props = ReadProps(record.props, event_id_key);
  rapidjson::StringBuffer buffer;
  JsonWriter writer(buffer);
  writer.StartObject();
  WriteMembers(props, Prop::Group::kPlain, &writer);
  if (!event_id_key.empty()) {
    char id[37];
    FormatEventId(record.id, id);
    WriteText(event_id_key, &writer);  // a string where a key is due is the key
    writer.String(id, 36);
  }
  WriteGroup(props, Prop::Group::kMetric, &writer);
  WriteGroup(props, Prop::Group::kDimension, &writer);
  writer.EndObject();
  return std::string(buffer.GetString(), buffer.GetSize());
}

std::string ValueJson(const Value& value) {
  rapidjson::StringBuffer buffer;
  JsonWriter writer(buffer);
  WriteValue(value, &writer);
  return std::string(buffer.GetString(), buffer.GetSize());
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
