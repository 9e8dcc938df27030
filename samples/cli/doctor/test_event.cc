#include "samples/cli/doctor/test_event.h"

#include <cstdint>
#include <cstdio>
#include <ctime>
#include <random>
#include <string_view>

#include "samples/cli/json.h"
#include "samples/cli/values.h"

namespace cli {

using embeddables::Consent;

namespace {

std::string Now() {
  const std::time_t now = std::time(nullptr);
  char text[40];
  // NOLINTNEXTLINE(concurrency-mt-unsafe): the main thread alone
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S.000Z", std::gmtime(&now));
  return text;
}

// A random UUID, RFC 9562 section 5.4.
std::string NewId() {
  std::random_device random;
  const std::uint32_t a = random(), b = random(), c = random(), d = random();
  char text[37];
  std::snprintf(text, sizeof text, "%08x-%04x-4%03x-%04x-%04x%08x", a, b >> 16, b & 0xfff,
                (c >> 16 & 0x3fff) | 0x8000, c & 0xffff, d);
  return text;
}

std::string Props(const std::string& event_id_key) {
  rapidjson::StringBuffer buffer;
  JsonWriter writer(buffer);
  writer.StartObject();
  if (!event_id_key.empty()) Member(&writer, event_id_key.c_str(), NewId());
  MemberBool(&writer, "test", true);
  Member(&writer, "sent_by", std::string("embeddables-agent doctor"));
  writer.EndObject();
  return buffer.GetString();
}

std::string ValueJson(std::string_view text) {
  rapidjson::StringBuffer buffer;
  JsonWriter writer(buffer);
  writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  return buffer.GetString();
}

}  // namespace

std::string WhyNoTestEvent(const Patient& patient) {
  std::string_view key, value;
  if (patient.identifier.empty()) return "nobody is named: give --identifier, as email=a@b.c";
  const std::string wrong = ReadPerson(patient.identifier, &key, &value);
  if (!wrong.empty()) return patient.Source("--identifier") + " " + wrong;
  if (!patient.inspected.ok()) {
    return patient.inspected.code() == embeddables::StatusCode::kNotFound
               ? ""
               : "the store cannot be read, and consent may have been denied there";
  }
  if (patient.seen.consent == Consent::kDenied) return "consent was denied, so nothing is sent";
  const bool waits = patient.seen.consent_required && patient.seen.consent != Consent::kGiven;
  return waits ? "consent is required and was not given, so nothing is sent" : "";
}

std::string TestEventBody(const Patient& patient) {
  std::string_view key, value;
  Split(patient.identifier, &key, &value);
  rapidjson::StringBuffer buffer;
  JsonWriter writer(buffer);
  writer.StartObject();
  Member(&writer, "embeddable_id", patient.config().embeddable_id);
  Member(&writer, "timestamp", Now());
  Member(&writer, "custom_event_name", std::string(kTestEventName));
  Member(&writer, "custom_event_props", Props(patient.config().event_id_key));
  writer.Key("identifiers");
  writer.StartArray();
  writer.StartObject();
  Member(&writer, "key", std::string(key));
  Member(&writer, "value", ValueJson(value));
  writer.EndObject();
  writer.EndArray();
  writer.EndObject();
  return buffer.GetString();
}

}  // namespace cli
