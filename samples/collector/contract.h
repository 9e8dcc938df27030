// What the endpoint accepts, to the letter. Pure: a request in, a verdict out.

#ifndef EMBEDDABLES_SAMPLES_COLLECTOR_CONTRACT_H_
#define EMBEDDABLES_SAMPLES_COLLECTOR_CONTRACT_H_

#include <rapidjson/document.h>

#include <string>
#include <string_view>

namespace collector {

struct EventRequest {
  std::string project_id;  // percent-decoded
  std::string api_key;     // empty: there was no such header
  std::string content_type;
  std::string body;
};

// An event that was accepted, taken apart.
struct Event {
  std::string project_id, embeddable_id, timestamp, name;
  std::string props;  // JSON text
  std::string identifier_key;
  std::string identifier_value;  // JSON text
  std::string event_id;          // the string prop of the configured key, if there is one
};

struct Answer {
  int status = 200;
  std::string code, message;  // of the vendor's error body; empty with 200
};

// `required_key` empty: any key that looks like one. Fills *event only with 200.
Answer CheckEvent(const EventRequest& request, std::string_view required_key,
                  std::string_view event_id_key, Event* event);

// "2026-01-31T23:59:59.999Z", any number of decimals or none, Z or an offset.
bool IsIsoDateTime(std::string_view text);
bool IsSnakeCase(std::string_view text);

// Response bodies in the vendor's form.
std::string EventBody(const Event& event);
std::string ErrorBody(const Answer& answer, const std::string& project_id);

// A string's text.
std::string_view Text(const rapidjson::Value& value);

// Parses text of any depth and length on a bounded stack. False: it is not JSON.
bool ParseJson(std::string_view text, rapidjson::Document* document);

// `text` in JSON quotes.
std::string Quoted(std::string_view text);

}  // namespace collector

#endif  // EMBEDDABLES_SAMPLES_COLLECTOR_CONTRACT_H_
