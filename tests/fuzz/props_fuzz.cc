// Whatever a host gives to Track: refused with a Status, or a record that decodes to the same event
// and becomes JSON.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/event/event.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/json_checker.h"

namespace embeddables::fuzz {
namespace {

using test::JsonChecker;

Value ReadValue(Input* input) {
  switch (input->Byte() % 7) {
    case 0:
      return Value(nullptr);
    case 1:
      return Value((input->Byte() & 1) != 0);
    case 2:
      return Value(input->Number<std::int64_t>());
    case 3:
      return Value(input->Number<std::uint64_t>());
    case 4:
      return Value(input->Number<double>());
    case 5:
      return Value(input->LongText());
    default:
      return Raw(input->LongText());
  }
}

bool Same(const Value& a, const Value& b) {
  if (a.type() != b.type()) return false;
  switch (a.type()) {
    case Value::Type::kNull:
      return true;
    case Value::Type::kBool:
      return a.as_bool() == b.as_bool();
    case Value::Type::kInt:
    case Value::Type::kUint:
      return a.as_uint() == b.as_uint();
    case Value::Type::kDouble:
      return a.as_double() == b.as_double() || std::isnan(a.as_double());
    case Value::Type::kString:
    case Value::Type::kRaw:
      return a.text() == b.text();
  }
  return false;
}

void CheckRecord(const std::vector<char>& bytes, std::string_view name,
                 const std::vector<Prop>& props, const EventOptions& options,
                 std::string_view event_id_key) {
  Record record;
  Require(DecodeRecord(std::string_view(bytes.data(), bytes.size()), &record),
          "an encoded event decodes");
  Require(record.kind == RecordKind::kEvent && record.name == name, "its name is the same");
  Require(record.priority == options.priority, "its priority is the same");
  Require(record.has_identifier == !options.identifier.empty(), "its identifier is there or not");
  if (record.has_identifier) {
    Require(record.identifier.key == options.identifier.key &&
                Same(record.identifier.value, options.identifier.value),
            "its identifier is the same");
    Require(JsonChecker(ValueJson(record.identifier.value)).IsJson(), "an identifier is JSON");
  }
  PropReader reader(record.props);
  Prop prop("", nullptr);
  for (const Prop& expected : props) {
    Require(reader.Next(&prop) && prop.key == expected.key && prop.group == expected.group &&
                Same(prop.value, expected.value),
            "its props are the same");
  }
  JsonChecker json(PropsJson(record, event_id_key));
  Require(json.IsObject(), "the props become a JSON object");
}

void One(Input input) {
  const std::string names[] = {"level_complete", "a", std::string(100, 'z')};
  const std::uint8_t flags = input.Byte();
  std::string name(input.Text());
  if ((flags & 1) != 0) name = names[input.Byte() % 3];
  EventRules rules;
  if ((flags & 2) != 0) rules.event_id_key = "event_id";
  EventOptions options;
  options.priority = static_cast<Priority>(flags >> 6);
  if ((flags & 4) != 0) {
    const std::string_view key = input.Text();
    options.identifier = {key, ReadValue(&input)};
  }
  std::vector<Prop> props;
  while (!input.empty() && props.size() < 70) {
    const auto group = static_cast<Prop::Group>(input.Byte() % 3);
    const std::string_view key = input.Text();
    props.emplace_back(key, ReadValue(&input), group);
    if (props.back().value.type() == Value::Type::kRaw) {
      std::size_t ignored = 0;
      const Prop alone("key", props.back().value);
      if (MeasureEvent(rules, "a", Props(&alone, 1), {}, &ignored).ok()) {
        EventOptions none;
        std::vector<char> bytes(ignored);
        EncodeEvent(rules, "a", Props(&alone, 1), none, EventStamp(), bytes.data());
        CheckRecord(bytes, "a", {alone}, none, rules.event_id_key);
      }
    }
  }
  std::size_t size = 0;
  const Status status = MeasureEvent(rules, name, props, options, &size);
  Require(status.ok() == (status.message()[0] == '\0'), "a refusal says why");
  if (!status.ok()) return;
  std::vector<char> bytes(size);  // exactly: a byte more is found by ASan
  EventStamp stamp;
  MakeEventId(input.Number<std::int64_t>(), 1, 2, 3, &stamp);
  EncodeEvent(rules, name, props, options, stamp, bytes.data());
  CheckRecord(bytes, name, props, options, rules.event_id_key);

  std::string common;
  if (EncodeProps(props, rules.event_id_key, &common).ok()) {
    PropReader reader(common);
    Prop prop("", nullptr);
    std::size_t count = 0;
    while (reader.Next(&prop)) ++count;
    Require(!reader.damaged() && count == props.size(), "common props read back");
  }
}

}  // namespace
}  // namespace embeddables::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  embeddables::fuzz::One(embeddables::fuzz::Input(data, size));
  return 0;
}
