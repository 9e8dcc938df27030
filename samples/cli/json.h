// Writes JSON that is safe to print: all but ASCII is escaped.

#ifndef EMBEDDABLES_SAMPLES_CLI_JSON_H_
#define EMBEDDABLES_SAMPLES_CLI_JSON_H_

#include <rapidjson/encodings.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cstdint>
#include <string>

#include "samples/cli/print.h"

namespace cli {

using JsonWriter =
    rapidjson::Writer<rapidjson::StringBuffer, rapidjson::UTF8<>, rapidjson::ASCII<>>;

inline void Member(JsonWriter* writer, const char* key, std::uint64_t number) {
  writer->Key(key);
  writer->Uint64(number);
}

// A byte that is not UTF-8 becomes U+FFFD.
inline void Member(JsonWriter* writer, const char* key, const std::string& text) {
  const std::string repaired = RepairUtf8(text);
  writer->Key(key);
  writer->String(repaired.c_str(), static_cast<rapidjson::SizeType>(repaired.size()));
}

inline void MemberBool(JsonWriter* writer, const char* key, bool value) {
  writer->Key(key);
  writer->Bool(value);
}

}  // namespace cli

#endif  // EMBEDDABLES_SAMPLES_CLI_JSON_H_
