#include "agent/event/event.h"

#include <cstring>

#include "agent/base/json_reader.h"
#include "agent/base/time.h"

namespace embeddables {
namespace {

constexpr std::uint8_t kVersionByte = 1;
constexpr std::uint8_t kHasIdentifier = 1;
constexpr std::uint8_t kHasOwnTime = 2;

#if defined(__BYTE_ORDER__)
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "records are little-endian");
#endif

Refusal Refuse(const char* what, std::string_view detail = {}) { return {what, detail}; }

// --- Checks.

bool IsSnakeCase(std::string_view name) {
  bool after_separator = true;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    const bool digit = c >= '0' && c <= '9';
    const bool letter = c >= 'a' && c <= 'z';
    if (c == '_' ? after_separator : !letter && !(digit && i > 0)) return false;
    after_separator = c == '_';
  }
  return !after_separator;
}

bool IsName(std::string_view name) { return name.size() <= kMaxNameBytes && IsSnakeCase(name); }

struct DepthVisitor final : JsonVisitor {
  bool Begin(bool) override { return ++depth <= kMaxRawDepth; }
  bool End() override { return depth-- > 0; }
  unsigned depth = 0;
};

Refusal CheckRaw(std::string_view key, std::string_view json) {
  DepthVisitor visitor;
  const bool valid = ReadJson(json, &visitor);
  if (visitor.depth > kMaxRawDepth) return Refuse("raw JSON is nested deeper than 16", key);
  return valid ? Refusal() : Refuse("not valid JSON", key);
}

Refusal CheckValue(const Prop& prop) {
  const Value::Type type = prop.value.type();
  const bool number =
      type == Value::Type::kInt || type == Value::Type::kUint || type == Value::Type::kDouble;
  if (prop.group == Prop::Group::kMetric && !number) {
    return Refuse("a metric must be a number", prop.key);
  }
  if (prop.group == Prop::Group::kDimension && type != Value::Type::kString) {
    return Refuse("a dimension must be a string", prop.key);
  }
  return type == Value::Type::kRaw ? CheckRaw(prop.key, prop.value.text()) : Refusal();
}

bool HasGroup(Props props, Prop::Group group) {
  for (const Prop& prop : props) {
    if (prop.group == group) return true;
  }
  return false;
}

Refusal CheckPlainKey(Props props, std::string_view key, std::string_view event_id_key) {
  if (!event_id_key.empty() && key == event_id_key) {
    return Refuse("this prop is set by the agent; rename yours or Config::event_id_key", key);
  }
  if ((key == kMetrics && HasGroup(props, Prop::Group::kMetric)) ||
      (key == kDimensions && HasGroup(props, Prop::Group::kDimension))) {
    return Refuse("Metric() and Dimension() make this prop; use one way or the other", key);
  }
  return Refusal();
}

Refusal CheckProps(Props props, std::string_view event_id_key) {
  if (props.size() > kMaxProps) return Refuse("more than 64 props; make two events of it");
  if (props.begin() == nullptr && props.size() > 0) return Refuse("the props are null");
  for (const Prop* prop = props.begin(); prop != props.end(); ++prop) {
    if (prop->key.empty()) return Refuse("a prop has an empty key");
    if (prop->key.size() > kMaxKeyBytes) return Refuse("a prop's key is over 100 bytes", prop->key);
    for (const Prop* other = props.begin(); other != prop; ++other) {
      if (other->key == prop->key && other->group == prop->group) {
        return Refuse("a prop occurs twice", prop->key);
      }
    }
    Refusal refusal = CheckValue(*prop);
    if (refusal.ok() && prop->group == Prop::Group::kPlain) {
      refusal = CheckPlainKey(props, prop->key, event_id_key);
    }
    if (!refusal.ok()) return refusal;
  }
  return Refusal();
}

// --- Encoding. Each Measure returns the number of bytes that its Write writes.

std::size_t MeasureProp(std::string_view key, const Value& value) {
  std::size_t bytes = 2 + key.size();
  switch (value.type()) {
    case Value::Type::kNull:
      return bytes;
    case Value::Type::kBool:
      return bytes + 1;
    case Value::Type::kInt:
    case Value::Type::kUint:
    case Value::Type::kDouble:
      return bytes + 8;
    case Value::Type::kString:
    case Value::Type::kRaw:
      return bytes + 4 + value.text().size();
  }
  return bytes;
}

template <class T>
char* Put(char* out, T number) {
  std::memcpy(out, &number, sizeof number);
  return out + sizeof number;
}

char* PutBytes(char* out, std::string_view bytes) {
  if (!bytes.empty()) std::memcpy(out, bytes.data(), bytes.size());
  return out + bytes.size();
}

char* WriteProp(char* out, std::string_view key, const Value& value, Prop::Group group) {
  const unsigned type = static_cast<unsigned>(value.type()) | static_cast<unsigned>(group) << 4;
  *out++ = static_cast<char>(type);
  *out++ = static_cast<char>(key.size());
  out = PutBytes(out, key);
  switch (value.type()) {
    case Value::Type::kNull:
      return out;
    case Value::Type::kBool:
      return Put(out, static_cast<std::uint8_t>(value.as_bool() ? 1 : 0));
    case Value::Type::kInt:
      return Put(out, value.as_int());
    case Value::Type::kUint:
      return Put(out, value.as_uint());
    case Value::Type::kDouble:
      return Put(out, value.as_double());
    case Value::Type::kString:
    case Value::Type::kRaw:
      out = Put(out, static_cast<std::uint32_t>(value.text().size()));
      return PutBytes(out, value.text());
  }
  return out;
}

struct Head {
  RecordKind kind = RecordKind::kEvent;
  std::uint8_t argument = 0;
  std::uint8_t flags = 0;
  std::size_t name_bytes = 0;
  std::size_t props = 0;
};

char* WriteHead(char* out, const Head& head, const EventStamp& stamp) {
  out = Put(out, kVersionByte);
  out = Put(out, static_cast<std::uint8_t>(head.kind));
  out = Put(out, head.argument);
  out = Put(out, head.flags);
  out = Put(out, static_cast<std::uint16_t>(head.name_bytes));
  out = Put(out, static_cast<std::uint16_t>(head.props));
  out = Put(out, stamp.wall_ms);
  out = Put(out, stamp.boot_ms);
  // Writes the id in network order, as RFC 9562 draws it.
  for (const std::uint64_t half : {stamp.id_high, stamp.id_low}) {
    for (int shift = 56; shift >= 0; shift -= 8) *out++ = static_cast<char>(half >> shift);
  }
  return out;
}

std::uint64_t Mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

// --- Decoding.

template <class T>
bool Get(std::string_view* from, T* number) {
  if (from->size() < sizeof *number) return false;
  std::memcpy(number, from->data(), sizeof *number);
  from->remove_prefix(sizeof *number);
  return true;
}

bool GetBytes(std::string_view* from, std::size_t size, std::string_view* bytes) {
  if (from->size() < size) return false;
  *bytes = from->substr(0, size);
  from->remove_prefix(size);
  return true;
}

template <class T>
bool GetNumber(std::string_view* from, Value* value) {
  T number{};
  if (!Get(from, &number)) return false;
  *value = Value(number);
  return true;
}

bool GetText(std::string_view* from, bool raw, Value* value) {
  std::uint32_t size = 0;
  std::string_view text;
  if (!Get(from, &size) || !GetBytes(from, size, &text)) return false;
  *value = raw ? Raw(text) : Value(text);
  return true;
}

bool GetValue(std::string_view* from, unsigned type, Value* value) {
  std::uint8_t flag = 0;
  switch (type) {
    case static_cast<unsigned>(Value::Type::kNull):
      *value = Value(nullptr);
      return true;
    case static_cast<unsigned>(Value::Type::kBool):
      if (!Get(from, &flag)) return false;
      *value = Value(flag != 0);
      return true;
    case static_cast<unsigned>(Value::Type::kInt):
      return GetNumber<std::int64_t>(from, value);
    case static_cast<unsigned>(Value::Type::kUint):
      return GetNumber<std::uint64_t>(from, value);
    case static_cast<unsigned>(Value::Type::kDouble):
      return GetNumber<double>(from, value);
    case static_cast<unsigned>(Value::Type::kString):
      return GetText(from, false, value);
    case static_cast<unsigned>(Value::Type::kRaw):
      return GetText(from, true, value);
    default:
      return false;  // a byte from disk, maybe not an enumerator
  }
}

bool GetProp(std::string_view* from, Prop* prop) {
  std::uint8_t type = 0, key_bytes = 0;
  std::string_view key;
  if (!Get(from, &type) || !Get(from, &key_bytes) || type >> 4 > 2 ||
      !GetBytes(from, key_bytes, &key)) {
    return false;
  }
  prop->key = key;
  prop->group = static_cast<Prop::Group>(type >> 4);
  return GetValue(from, type & 15u, &prop->value);
}

}  // namespace

void MakeEventId(std::int64_t wall_ms, std::uint64_t seed_a, std::uint64_t seed_b,
                 std::uint64_t serial, EventStamp* stamp) {
  const std::uint64_t a = Mix(seed_a + serial * 0x9e3779b97f4a7c15u);
  const std::uint64_t b = Mix(seed_b ^ a) + serial;  // different for each serial, whatever a is
  stamp->id_high = (static_cast<std::uint64_t>(wall_ms) << 16) | 0x7000u | (a & 0x0fffu);
  stamp->id_low = 0x8000000000000000u | (b & 0x3fffffffffffffffu);
}

Refusal CheckIdentifier(const Identifier& identifier) {
  if (identifier.key.empty() || identifier.key.size() > kMaxKeyBytes) {
    return Refuse("the identifier's key must have 1 to 100 bytes", identifier.key);
  }
  const Value& value = identifier.value;
  if (value.type() == Value::Type::kInt || value.type() == Value::Type::kUint) return Refusal();
  if (value.type() != Value::Type::kString) {
    return Refuse("the identifier's value must be a string or an integer", identifier.key);
  }
  const std::string_view text = value.text();
  if (text.empty() || text.size() > kMaxIdentifierBytes) {
    return Refuse("the identifier's value must have 1 to 1024 bytes", identifier.key);
  }
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
    return Refuse("the identifier's value is JSON text already; pass the plain value",
                  identifier.key);
  }
  return Refusal();
}

Refusal MeasureEvent(const EventRules& rules, std::string_view name, Props props,
                     const EventOptions& options, std::size_t* bytes) {
  if (name.size() > kMaxNameBytes) return Refuse("the event's name is over 100 bytes", name);
  if (!IsSnakeCase(name)) return Refuse("the event's name is not snake_case (a-z, 0-9, _)", name);
  if (static_cast<unsigned>(options.priority) > 3) return Refuse("unknown priority", name);
  Refusal refusal = CheckProps(props, rules.event_id_key);
  if (!refusal.ok()) return refusal;
  std::size_t size = kRecordHeaderBytes + name.size() + rules.common_props.size();
  if (!options.identifier.empty()) {
    refusal = CheckIdentifier(options.identifier);
    if (!refusal.ok()) return refusal;
    size += MeasureProp(options.identifier.key, options.identifier.value);
  }
  for (const Prop& prop : props) size += MeasureProp(prop.key, prop.value);
  if (size > rules.max_event_bytes) {
    return Refuse("the event is larger than Config::max_event_bytes; send less, or raise that",
                  name);
  }
  *bytes = size;
  return Refusal();
}

void EncodeEvent(const EventRules& rules, std::string_view name, Props props,
                 const EventOptions& options, const EventStamp& stamp, char* out) {
  Head head;
  head.argument = static_cast<std::uint8_t>(options.priority);
  head.flags = options.identifier.empty() ? 0 : kHasIdentifier;
  head.name_bytes = name.size();
  head.props = props.size() + rules.common_count;
  EventStamp when = stamp;
  if (options.time != WallTime::min()) {
    head.flags = static_cast<std::uint8_t>(head.flags | kHasOwnTime);
    when.wall_ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(options.time.time_since_epoch())
            .count();
  }
  out = WriteHead(out, head, when);
  if (!options.identifier.empty()) {
    out = WriteProp(out, options.identifier.key, options.identifier.value, Prop::Group::kPlain);
  }
  out = PutBytes(out, name);
  for (const Prop& prop : props) out = WriteProp(out, prop.key, prop.value, prop.group);
  PutBytes(out, rules.common_props);
}

std::size_t MeasureIdentify(const Identifier& identifier) {
  return kRecordHeaderBytes + MeasureProp(identifier.key, identifier.value);
}

void EncodeIdentify(const Identifier& identifier, char* out) {
  Head head;
  head.kind = RecordKind::kIdentify;
  head.flags = kHasIdentifier;
  out = WriteHead(out, head, EventStamp());
  WriteProp(out, identifier.key, identifier.value, Prop::Group::kPlain);
}

void EncodeReset(char* out) {
  Head head;
  head.kind = RecordKind::kReset;
  WriteHead(out, head, EventStamp());
}

Refusal EncodeProps(Props props, std::string_view event_id_key, std::string* out) {
  const Refusal refusal = CheckProps(props, event_id_key);
  if (!refusal.ok()) return refusal;
  std::size_t size = 0;
  for (const Prop& prop : props) size += MeasureProp(prop.key, prop.value);
  out->resize(size);
  char* at = &(*out)[0];
  for (const Prop& prop : props) at = WriteProp(at, prop.key, prop.value, prop.group);
  return Refusal();
}

bool PropReader::Next(Prop* prop) {
  if (rest_.empty() || damaged_) return false;
  damaged_ = !GetProp(&rest_, prop);
  return !damaged_;
}

bool DecodeRecord(std::string_view bytes, Record* record) {
  std::uint8_t version = 0, kind = 0, argument = 0, flags = 0;
  std::uint16_t name_bytes = 0, props = 0;
  std::string_view id;
  if (!Get(&bytes, &version) || !Get(&bytes, &kind) || !Get(&bytes, &argument) ||
      !Get(&bytes, &flags) || !Get(&bytes, &name_bytes) || !Get(&bytes, &props) ||
      !Get(&bytes, &record->wall_ms) || !Get(&bytes, &record->boot_ms) ||
      !GetBytes(&bytes, sizeof record->id, &id)) {
    return false;
  }
  if (version != kVersionByte || kind < 1 || kind > 3 || argument > 3) return false;
  if (!IsTime(record->boot_ms)) return false;
  record->kind = static_cast<RecordKind>(kind);
  record->priority = static_cast<Priority>(argument);
  std::memcpy(record->id, id.data(), id.size());
  record->has_own_time = (flags & kHasOwnTime) != 0;
  record->has_identifier = (flags & kHasIdentifier) != 0;
  if (record->has_identifier) {
    Prop identifier("", nullptr);
    if (!GetProp(&bytes, &identifier)) return false;
    record->identifier.key = identifier.key;
    record->identifier.value = identifier.value;
  }
  if (!GetBytes(&bytes, name_bytes, &record->name)) return false;
  if (record->kind == RecordKind::kEvent && !IsName(record->name)) return false;
  record->props = bytes;
  PropReader reader(bytes);
  Prop prop("", nullptr);
  unsigned count = 0;
  while (reader.Next(&prop)) ++count;
  return !reader.damaged() && count == props;
}

}  // namespace embeddables
