#include "samples/cli/doctor/check.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "samples/cli/json.h"

namespace cli {
namespace {

std::uint64_t Count(const Checks& checks, Verdict verdict) {
  return static_cast<std::uint64_t>(
      std::count_if(checks.begin(), checks.end(),
                    [verdict](const Check& check) { return check.verdict == verdict; }));
}

std::string Padded(std::string text, std::size_t width) {
  text.resize(std::max(text.size() + 1, width), ' ');
  return text;
}

}  // namespace

const char* Name(Verdict verdict) {
  switch (verdict) {
    case Verdict::kOk:
      return "ok";
    case Verdict::kWarn:
      return "warn";
    case Verdict::kFail:
      return "fail";
    case Verdict::kNotKnown:
      return "not known";
  }
  return "not known";
}

std::string CheckLines(const Checks& checks) {
  constexpr std::size_t kNameWidth = 12, kVerdictWidth = 11;
  std::string lines;
  for (const Check& check : checks) {
    lines += Padded(check.name, kNameWidth) + Padded(Name(check.verdict), kVerdictWidth) +
             check.what + (check.next.empty() ? "" : "; " + check.next) + "\n";
  }
  return lines;
}

std::string CheckJson(const Checks& checks) {
  rapidjson::StringBuffer buffer;
  JsonWriter writer(buffer);
  writer.StartObject();
  writer.Key("checks");
  writer.StartArray();
  for (const Check& check : checks) {
    writer.StartObject();
    Member(&writer, "check", check.name);
    Member(&writer, "verdict", std::string(Name(check.verdict)));
    Member(&writer, "what", check.what);
    Member(&writer, "next", check.next);
    writer.EndObject();
  }
  writer.EndArray();
  Member(&writer, "ok", Count(checks, Verdict::kOk));
  Member(&writer, "warn", Count(checks, Verdict::kWarn));
  Member(&writer, "fail", Count(checks, Verdict::kFail));
  Member(&writer, "not_known", Count(checks, Verdict::kNotKnown));
  Member(&writer, "exit", static_cast<std::uint64_t>(ExitFor(checks)));
  writer.EndObject();
  return std::string(buffer.GetString(), buffer.GetSize()) + "\n";
}

Exit ExitFor(const Checks& checks) {
  for (const Check& check : checks) {
    if (check.verdict == Verdict::kFail) return check.exit;
  }
  return kDone;
}

}  // namespace cli
