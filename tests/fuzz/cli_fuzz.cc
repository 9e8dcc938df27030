// A line of JSON for `embeddables-agent track --stdin`, or its options: an event that the library
// judges, or a refusal in words. What the library then takes is JSON on the wire.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/event/event.h"
#include "samples/cli/draft.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/json_checker.h"

namespace embeddables::fuzz {
namespace {

void TrackInto(const cli::Draft& draft) {
  const EventRules rules;
  std::size_t size = 0;
  if (!MeasureEvent(rules, draft.name, draft.props, draft.options, &size).ok()) return;
  std::vector<char> bytes(size);
  EncodeEvent(rules, draft.name, draft.props, draft.options, EventStamp(), bytes.data());
  Record record;
  Require(DecodeRecord(std::string_view(bytes.data(), bytes.size()), &record), "it decodes");
  Require(test::JsonChecker(PropsJson(record, "event_id")).IsObject(), "its props are JSON");
}

void OneLine(const std::string& line) {
  cli::TrackOptions options;
  options.anonymous = true;
  cli::Draft draft;
  if (cli::ReadLine(line, &draft) && cli::AddDefaults(options, &draft)) {
    TrackInto(draft);
  } else {
    Require(!draft.error.empty(), "a refusal says why");
  }
}

void OneCommand(Input input) {
  cli::TrackOptions options;
  options.name = "level_complete";
  while (!input.empty()) {
    const std::uint8_t kind = input.Byte() % 8;
    const std::string text(input.LongText());
    if (kind == 0) options.props.push_back(text);
    if (kind == 1) options.metrics.push_back(text);
    if (kind == 2) options.dimensions.push_back(text);
    if (kind == 3) options.props_json = text;
    if (kind == 4) options.identifier = text;
    if (kind == 5) options.at = text;
    if (kind == 6) options.numbers.push_back(text);
    if (kind == 7) options.texts.push_back(text);
  }
  options.anonymous = options.identifier.empty();
  cli::Draft draft;
  if (cli::ReadOptions(options, &draft) && cli::AddDefaults(options, &draft)) {
    TrackInto(draft);
  } else {
    Require(!draft.error.empty(), "a refusal says why");
  }
}

}  // namespace
}  // namespace embeddables::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace embeddables::fuzz;
  // A line of JSON begins with anything but a NUL; that marks options.
  if (size > 0 && data[0] == 0) {
    OneCommand(Input(data + 1, size - 1));
  } else {
    OneLine(std::string(reinterpret_cast<const char*>(data), size));
  }
  return 0;
}
