#include "samples/cli/status.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "samples/cli/explain.h"
#include "samples/cli/json.h"
#include "samples/cli/print.h"
#include "samples/cli/reasons.h"

namespace cli {

using namespace embeddables;
using std::chrono::milliseconds;

const char* Name(Consent consent) {
  switch (consent) {
    case Consent::kUnknown:
      return "unknown";
    case Consent::kGiven:
      return "given";
    case Consent::kDenied:
      return "denied";
  }
  return "unknown";
}

std::string SenderOf(const Inspection& seen) {
  for (const ProcessStatus& process : seen.processes) {
    if (process.sender) return "process " + std::to_string(process.pid);
  }
  if (seen.sends) return "a process that tells nothing of itself (without crash-safe memory)";
  return seen.complete ? "no process" : "not known to this user";
}

namespace {

// --- Lines.

class Lines {
 public:
  void Add(const std::string& name, const std::string& value) {
    text_ +=
        name + std::string(name.size() < kWidth ? kWidth - name.size() : 1, ' ') + value + "\n";
  }
  void Add(const std::string& name, std::uint64_t number) { Add(name, std::to_string(number)); }
  const std::string& text() const { return text_; }

 private:
  static constexpr std::size_t kWidth = 11;
  std::string text_;
};

void AddLedger(const Inspection& seen, Lines* lines) {
  const Ledger& ledger = seen.ledger;
  lines->Add("accepted", ledger.accepted);
  lines->Add("delivered", ledger.delivered);
  lines->Add("rejected", ledger.rejected);
  lines->Add("dropped", ledger.dropped_total());
  for (std::size_t i = 0; i < kDropReasons; ++i) {
    if (ledger.dropped[i] == 0) continue;
    std::string name = std::string("  ") + embeddables::Name(static_cast<DropReason>(i));
    name.resize(std::max<std::size_t>(name.size(), 16), ' ');
    lines->Add(name, ledger.dropped[i]);
  }
  lines->Add("pending", ledger.pending);
  lines->Add("ledger", ledger.balanced() ? "balanced" : "NOT BALANCED");
  lines->Add("dead letters kept", seen.dead_letters);
  lines->Add("store bytes", seen.store_bytes);
}

void AddSending(const Inspection& seen, Lines* lines) {
  lines->Add("sender", SenderOf(seen));
  lines->Add("reason", seen.ledger.pending == 0 && seen.reason.waiting_for == WaitingFor::kNothing
                           ? "nothing to send"
                           : Explanation(seen.reason));
  if (seen.oldest.count() >= 0) lines->Add("oldest pending", Duration(seen.oldest));
  if (seen.in_memory > 0) {
    lines->Add("not stored yet", std::to_string(seen.in_memory) + ", of dead processes " +
                                     std::to_string(seen.left_over));
  }
  if (seen.last_delivery.count() >= 0) {
    lines->Add("last delivery", Duration(seen.last_delivery) + " ago");
  }
  if (seen.last_failure.waiting_for != WaitingFor::kNothing) {
    Reason failure = seen.last_failure;
    failure.since = milliseconds(0);
    lines->Add("last failure", Duration(seen.last_failure.since) + " ago: " + Explanation(failure));
  }
  lines->Add("consent",
             std::string(Name(seen.consent)) + (seen.consent_required ? ", required" : ""));
}

void AddBounds(const StoreBounds& bounds, Lines* lines) {
  const auto days = [](std::chrono::hours age) { return Duration(milliseconds(age)); };
  lines->Add("bounds", std::to_string(bounds.max_events) + " events, " +
                           std::to_string(bounds.max_store_bytes) + " bytes, " +
                           std::to_string(bounds.max_dead_letters) + " dead letters, " +
                           std::to_string(bounds.min_free_bytes) + " bytes left free");
  lines->Add("ages", days(bounds.max_age) + ", unidentified " + days(bounds.unidentified_max_age) +
                         ", unknown user " + days(bounds.unknown_user_max_age));
}

std::string LineOf(const ProcessStatus& process) {
  if (process.pid == 0) {
    return "of another version, crash-safe memory " + Printable(process.memory_file);
  }
  return std::to_string(process.pid) + ", version " + Printable(process.version) +
         (process.sender ? ", sends" : "") + ", " + std::to_string(process.in_flight) +
         " in flight, " + std::to_string(process.in_memory) +
         " not stored yet, crash-safe memory " + Printable(process.memory_file);
}

// --- JSON.

void MemberAge(JsonWriter* writer, const char* key, milliseconds age) {
  writer->Key(key);
  if (age.count() < 0) {
    writer->Null();
  } else {
    writer->Double(static_cast<double>(age.count()) / 1000);
  }
}

void ReasonMembers(JsonWriter* writer, const Reason& reason) {
  Member(writer, "waiting_for", std::string(embeddables::Name(reason.waiting_for)));
  Member(writer, "http_status", static_cast<std::uint64_t>(reason.http_status));
  MemberAge(writer, "since_seconds", reason.since);
  MemberAge(writer, "next_try_seconds",
            reason.next_try.count() > 0 ? reason.next_try : milliseconds(-1));
  Member(writer, "words", Printable(ExplainNews(reason.words, nullptr)));
}

void LedgerMembers(JsonWriter* writer, const Inspection& seen) {
  const Ledger& ledger = seen.ledger;
  Member(writer, "accepted", ledger.accepted);
  Member(writer, "delivered", ledger.delivered);
  Member(writer, "rejected", ledger.rejected);
  Member(writer, "pending", ledger.pending);
  Member(writer, "dropped_total", ledger.dropped_total());
  writer->Key("dropped");
  writer->StartObject();
  for (std::size_t i = 0; i < kDropReasons; ++i) {
    Member(writer, embeddables::Name(static_cast<DropReason>(i)), ledger.dropped[i]);
  }
  writer->EndObject();
  MemberBool(writer, "balanced", ledger.balanced());
  Member(writer, "dead_letters", seen.dead_letters);
  Member(writer, "store_bytes", seen.store_bytes);
}

void SendingMembers(JsonWriter* writer, const Inspection& seen) {
  Member(writer, "in_memory", seen.in_memory);
  Member(writer, "left_over", seen.left_over);
  MemberAge(writer, "oldest_seconds", seen.oldest);
  MemberBool(writer, "sends", seen.sends);
  writer->Key("reason");
  writer->StartObject();
  ReasonMembers(writer, seen.reason);
  writer->EndObject();
  writer->Key("last_failure");
  if (seen.last_failure.waiting_for == WaitingFor::kNothing) {
    writer->Null();
  } else {
    writer->StartObject();
    ReasonMembers(writer, seen.last_failure);
    writer->EndObject();
  }
  MemberAge(writer, "last_delivery_seconds", seen.last_delivery);
  Member(writer, "consent", std::string(Name(seen.consent)));
  MemberBool(writer, "consent_required", seen.consent_required);
}

void BoundsMembers(JsonWriter* writer, const StoreBounds& bounds) {
  const auto seconds = [](std::chrono::hours age) {
    return static_cast<std::uint64_t>(std::chrono::seconds(age).count());
  };
  writer->Key("bounds");
  writer->StartObject();
  Member(writer, "max_events", bounds.max_events);
  Member(writer, "max_store_bytes", bounds.max_store_bytes);
  Member(writer, "min_free_bytes", bounds.min_free_bytes);
  Member(writer, "max_dead_letters", bounds.max_dead_letters);
  Member(writer, "max_age_seconds", seconds(bounds.max_age));
  Member(writer, "unidentified_max_age_seconds", seconds(bounds.unidentified_max_age));
  Member(writer, "unknown_user_max_age_seconds", seconds(bounds.unknown_user_max_age));
  writer->EndObject();
}

void ProcessMembers(JsonWriter* writer, const ProcessStatus& process) {
  writer->StartObject();
  Member(writer, "pid", process.pid);
  Member(writer, "version", Printable(process.version));
  MemberBool(writer, "sender", process.sender);
  ReasonMembers(writer, process.reason);
  Member(writer, "in_flight", process.in_flight);
  MemberAge(writer, "last_delivery_seconds", process.last_delivery);
  Member(writer, "consent", std::string(Name(process.consent)));
  Member(writer, "in_memory", process.in_memory);
  Member(writer, "memory_file", Printable(process.memory_file));
  writer->EndObject();
}

void HealthMembers(JsonWriter* writer, Health health, const std::string& why) {
  Member(writer, "check", static_cast<std::uint64_t>(health));
  Member(writer, "cause", std::string(Name(health)));
  Member(writer, "why", why);
}

}  // namespace

std::string StatusLines(const Inspection& seen) {
  Lines lines;
  AddLedger(seen, &lines);
  AddSending(seen, &lines);
  AddBounds(seen.bounds, &lines);
  lines.Add("log bytes", seen.log_bytes);
  lines.Add("disk free", std::to_string(seen.free_bytes) + " bytes" +
                             (seen.writable ? "" : ", store NOT WRITABLE"));
  for (const ProcessStatus& process : seen.processes) lines.Add("process", LineOf(process));
  if (!seen.complete) {
    lines.Add("incomplete", "memory and lock of the store's owner cannot be read by this user");
  }
  return lines.text();
}

std::string StatusJson(const Inspection& seen, const Health* health, const std::string& why) {
  rapidjson::StringBuffer buffer;
  JsonWriter writer(buffer);
  writer.StartObject();
  LedgerMembers(&writer, seen);
  SendingMembers(&writer, seen);
  BoundsMembers(&writer, seen.bounds);
  Member(&writer, "log_bytes", seen.log_bytes);
  Member(&writer, "free_bytes", seen.free_bytes);
  MemberBool(&writer, "writable", seen.writable);
  MemberBool(&writer, "complete", seen.complete);
  writer.Key("processes");
  writer.StartArray();
  for (const ProcessStatus& process : seen.processes) ProcessMembers(&writer, process);
  writer.EndArray();
  if (health != nullptr) HealthMembers(&writer, *health, why);
  writer.EndObject();
  return std::string(buffer.GetString(), buffer.GetSize()) + "\n";
}

std::string UnreadableJson(Health health, const std::string& why) {
  rapidjson::StringBuffer buffer;
  JsonWriter writer(buffer);
  writer.StartObject();
  HealthMembers(&writer, health, why);
  writer.EndObject();
  return std::string(buffer.GetString(), buffer.GetSize()) + "\n";
}

}  // namespace cli
