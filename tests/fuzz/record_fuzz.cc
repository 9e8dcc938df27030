// Records come back from disk: arbitrary bytes are either no record, or one whose request is sound.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/event/event.h"
#include "agent/send/endpoint.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/json_checker.h"

namespace embeddables::fuzz {
namespace {

using test::JsonChecker;

Config Settings() {
  Config config;
  config.project_id = "pr_fuzz";
  config.embeddable_id = "flow_fuzz";
  config.api_key = "rk_fuzz";
  return config;
}

void One(std::string_view bytes) {
  Record record;
  if (!DecodeRecord(bytes, &record)) return;
  PropReader reader(record.props);
  Prop prop("", nullptr);
  while (reader.Next(&prop)) {
    Require(prop.key.data() >= bytes.data() &&
                prop.key.data() + prop.key.size() <= bytes.data() + bytes.size(),
            "a key lies within the record");
  }
  Require(!reader.damaged() && reader.rest().empty(), "a decoded record's props read to the end");
  if (record.kind != RecordKind::kEvent) return;

  static const Endpoint endpoint(Settings());
  const std::string identifier =
      record.has_identifier ? ValueJson(record.identifier.value) : "\"somebody\"";
  const std::string_view key = record.has_identifier ? record.identifier.key : "email";
  const Request request = endpoint.MakeRequest(record, key, identifier, record.wall_ms);
  JsonChecker body(request.body);
  Require(body.IsObject() && body.unique(), "the request's body is JSON");
  for (const std::string& header : request.headers) {
    Require(header.find_first_of("\r\n") == std::string::npos, "a header is one line");
  }
}

}  // namespace
}  // namespace embeddables::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  embeddables::fuzz::One(std::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
