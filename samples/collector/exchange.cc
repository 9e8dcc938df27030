#include "samples/collector/exchange.h"

#include <cstddef>
#include <cstdint>
#include <string>

#include "samples/cli/print.h"
#include "samples/collector/refused.h"

namespace collector {
namespace {

// Enough to read; a page with 10,000 of them must stay small. /_received has all of it.
constexpr std::size_t kLongText = 2'000, kShortText = 200;

const char* Name(Result result) {
  switch (result) {
    case Result::kKept:
      return "kept";
    case Result::kLost:
      return "lost";
    case Result::kRefused:
      return "refused";
    case Result::kFault:
      return "fault";
    case Result::kClosed:
      return "closed";
    case Result::kUpstream:
      return "upstream";
  }
  return "";
}

std::int64_t Milliseconds(std::chrono::system_clock::time_point time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

class JsonLine {
 public:
  explicit JsonLine(const std::string& key) : key_(key) {}

  JsonLine& Raw(const char* name, const std::string& json) {
    text_ += (text_.empty() ? "{\"" : ",\"") + std::string(name) + "\":" + json;
    return *this;
  }
  JsonLine& Text(const char* name, const std::string& text, std::size_t most) {
    if (text.empty()) return *this;
    const std::string shown = cli::RepairUtf8(WithoutSecrets(text, key_, most));
    return Raw(name, Quoted(text.size() > most ? shown + "..." : shown));
  }
  std::string Done() const { return text_ + "}"; }

 private:
  const std::string& key_;
  std::string text_;
};

std::string ToJson(const UpstreamAnswer& upstream, const std::string& key) {
  JsonLine line(key);
  line.Raw("status", std::to_string(upstream.status))
      .Raw("took_us", std::to_string(upstream.took.count()))
      .Text("words", upstream.error.empty() ? upstream.body : upstream.error, kLongText);
  return line.Done();
}

}  // namespace

std::string ToJson(const Exchange& exchange) {
  const Event& event = exchange.event;
  JsonLine line(exchange.api_key);
  line.Raw("kind", "\"request\"")
      .Raw("at", std::to_string(Milliseconds(exchange.arrived)))
      .Raw("took_us", std::to_string(exchange.took.count()))
      .Raw("result", Quoted(Name(exchange.result)))
      .Raw("status", std::to_string(exchange.answer.status))
      .Text("code", exchange.answer.code, kShortText)
      .Text("words", exchange.answer.message, kShortText)
      .Text("path", exchange.path, kShortText)
      .Text("body", exchange.body, kLongText)
      .Text("name", event.name, kShortText)
      .Text("props", event.props, kLongText)
      .Text("key", event.identifier_key, kShortText)
      .Text("value", event.identifier_value, kShortText)
      .Text("event_id", event.event_id, kShortText)
      .Text("stamp", event.timestamp, kShortText);
  if (exchange.duplicate) line.Raw("duplicate", "true");
  if (exchange.upstream.asked) {
    line.Raw("upstream", ToJson(exchange.upstream, exchange.api_key));
  }
  return line.Done();
}

}  // namespace collector
