#include "agent/c/values.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <new>
#include <string>
#include <type_traits>

#include "agent/c/structs.h"

namespace embeddables::c {

namespace {

using std::chrono::milliseconds;

// No text of an event or a setting is longer.
constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 30;
constexpr milliseconds kEarliest =
    std::chrono::duration_cast<milliseconds>(WallTime::min().time_since_epoch());
constexpr milliseconds kLatest =
    std::chrono::duration_cast<milliseconds>(WallTime::max().time_since_epoch());

Status Refuse(const char* what, std::string_view detail = {}) {
  return Status(StatusCode::kInvalidArgument, what, detail);
}

Status ToValue(const emb_prop& from, std::string_view key, Value* value) {
  std::string_view text;
  switch (from.type) {
    case EMB_TYPE_NULL:
      return Status();
    case EMB_TYPE_BOOL:
      *value = Value(from.int_value != 0);
      return Status();
    case EMB_TYPE_INT:
      *value = Value(from.int_value);
      return Status();
    case EMB_TYPE_UINT:
      *value = Value(from.uint_value);
      return Status();
    case EMB_TYPE_DOUBLE:
      *value = Value(from.double_value);
      return Status();
    case EMB_TYPE_STRING:
    case EMB_TYPE_RAW: {
      const Status status = ToText(from.text, from.text_size, "a prop's text", &text);
      *value = from.type == EMB_TYPE_RAW ? Raw(text) : Value(text);
      return status;
    }
    default:
      return Refuse("a prop's type is no EMB_TYPE_", key);
  }
}

}  // namespace

Status ToText(const char* data, std::uint64_t size, std::string_view name, std::string_view* text) {
  *text = {};
  if (data == nullptr) {
    if (size == 0 || size == EMB_TERMINATED) return Status();
    return Refuse("a text is NULL and has a size", name);
  }
  if (size == EMB_TERMINATED) size = std::strlen(data);
  if (size > kMostBytes) {
    return Refuse("a text's size is too large; give EMB_TERMINATED or the number of bytes", name);
  }
  *text = std::string_view(data, static_cast<std::size_t>(size));
  return Status();
}

Status ToProp(const emb_prop& from, Prop* prop) {
  Status status = ToText(from.key, from.key_size, "a prop's key", &prop->key);
  if (status.ok()) status = ToValue(from, prop->key, &prop->value);
  if (!status.ok()) return status;
  if (from.group < EMB_GROUP_PLAIN || from.group > EMB_GROUP_DIMENSION) {
    return Refuse("a prop's group is no EMB_GROUP_", prop->key);
  }
  prop->group = static_cast<Prop::Group>(from.group);
  return Status();
}

Status PropArray::Read(const emb_prop* props, std::uint64_t count) {
  static_assert(std::is_trivially_destructible<Prop>::value, "nobody destroys them");
  if (count == 0) return Status();
  if (props == nullptr) return IsNull("props");
  const std::uint32_t stride = props->struct_size;
  const std::size_t most = static_cast<std::size_t>(std::min<std::uint64_t>(count, kMost));
  for (size_ = 0; size_ < most; ++size_) {
    emb_prop full = emb_prop_null(nullptr);
    const emb_prop* const each = ElementOf(props, stride, size_);
    if (each->struct_size != stride) {
      return Refuse("the elements of an array must have one struct_size", "props");
    }
    Status status = c::Read(each, "props", &full);
    auto* const prop = new (places_ + size_ * sizeof(Prop)) Prop({}, nullptr);
    if (status.ok()) status = ToProp(full, prop);
    if (!status.ok()) return status;
  }
  return Status();
}

Status ToIdentifier(const emb_prop* from, std::string_view name, Identifier* identifier) {
  emb_prop full = emb_prop_null(nullptr);
  Prop prop({}, nullptr);
  Status status = Read(from, name, &full);
  if (status.ok()) status = ToProp(full, &prop);
  *identifier = Identifier(prop.key, prop.value);
  return status;
}

Status ToOptions(const emb_event_options* from, EventOptions* options) {
  if (from == nullptr) return Status();
  emb_event_options full = EMB_EVENT_OPTIONS_INIT;
  Status status = Read(from, "options", &full);
  if (!status.ok()) return status;
  options->priority = ToEnum<Priority>(full.priority);
  if (full.identifier != nullptr) {
    status = ToIdentifier(full.identifier, "options->identifier", &options->identifier);
    // Without a key it would count as none at all.
    if (status.ok() && options->identifier.empty()) status = Refuse("an identifier has no key");
  }
  if (full.time_ms == EMB_NOW) return status;
  options->time = ToWallTime(full.time_ms);
  if (full.time_ms < kEarliest.count() || full.time_ms > kLatest.count()) {
    return Refuse(
        "options->time_ms is no time that can be sent; it counts milliseconds since 1970");
  }
  return status;
}

WallTime ToWallTime(std::int64_t unix_ms) {
  return WallTime(std::chrono::duration_cast<WallTime::duration>(
      milliseconds(std::clamp<std::int64_t>(unix_ms, kEarliest.count(), kLatest.count()))));
}

}  // namespace embeddables::c
