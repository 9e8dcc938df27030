#include "samples/collector/faults.h"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace collector {
namespace {

using Json = rapidjson::Value;
using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

bool ReadInt(const Json& value, int* out) {
  if (!value.IsInt() || value.GetInt() < 0) return false;
  *out = value.GetInt();
  return true;
}

bool ReadProbability(const Json& value, double* out) {
  if (!value.IsNumber() || value.GetDouble() < 0 || value.GetDouble() > 1) return false;
  *out = value.GetDouble();
  return true;
}

bool ReadStatuses(const Json& value, FaultPlan* plan) {
  if (!value.IsObject()) return false;
  for (const auto& each : value.GetObject()) {
    double probability = 0;
    const int status = std::atoi(each.name.GetString());
    if (status < 200 || status > 599 || !ReadProbability(each.value, &probability)) return false;
    plan->status[status] = probability;
  }
  return true;
}

bool ReadByEvent(const Json& value, FaultPlan* plan) {
  if (!value.IsObject()) return false;
  for (const auto& each : value.GetObject()) {
    if (!ReadInt(each.value, &plan->by_event[std::string(Text(each.name))])) return false;
  }
  return true;
}

bool ReadUnknownUsers(const Json& value, FaultPlan* plan) {
  plan->nobody_known = value.IsTrue();
  if (value.IsBool()) return true;
  if (!value.IsArray()) return false;
  for (const Json& user : value.GetArray()) {
    if (!user.IsString()) return false;
    plan->unknown_users.insert(Quoted(Text(user)));
  }
  return true;
}

bool ReadRetryAfter(const Json& value, FaultPlan* plan) {
  if (value.IsInt()) plan->retry_after = std::to_string(value.GetInt());
  if (value.IsString()) plan->retry_after = Text(value);
  return value.IsInt() || value.IsString();
}

bool ReadDown(const Json& value, FaultPlan* plan) {
  constexpr double kLongest = 1e9;
  if (!value.IsNumber() || value.GetDouble() < 0 || value.GetDouble() > kLongest) return false;
  const auto down = std::chrono::duration<double>(value.GetDouble());
  plan->down_until = std::chrono::steady_clock::now() +
                     std::chrono::duration_cast<std::chrono::milliseconds>(down);
  return true;
}

bool ReadField(const std::string& name, const Json& value, FaultPlan* plan) {
  if (name == "status") return ReadStatuses(value, plan);
  if (name == "by_event") return ReadByEvent(value, plan);
  if (name == "retry_after") return ReadRetryAfter(value, plan);
  if (name == "latency_ms") return ReadInt(value, &plan->latency_ms);
  if (name == "drop_before") return ReadProbability(value, &plan->drop_before);
  if (name == "drop_after") return ReadProbability(value, &plan->drop_after);
  if (name == "slow_body_ms") return ReadInt(value, &plan->slow_body_ms);
  if (name == "unknown_users") return ReadUnknownUsers(value, plan);
  if (name == "down_s") return ReadDown(value, plan);
  if (name == "no_date") {
    plan->no_date = value.IsTrue();
    return value.IsBool();
  }
  if (name == "portal") {
    plan->portal = value.IsTrue();
    return value.IsBool();
  }
  if (name == "body_bytes") {
    int bytes = 0;
    if (!ReadInt(value, &bytes)) return false;
    plan->body_bytes = static_cast<std::size_t>(bytes);
    return true;
  }
  return false;
}

template <typename Map, typename WriteValue>
void WriteMap(const char* field, const Map& map, Writer* writer, WriteValue write_value) {
  if (map.empty()) return;
  writer->Key(field);
  writer->StartObject();
  for (const auto& each : map) write_value(each);
  writer->EndObject();
}

void WriteUsers(const FaultPlan& plan, Writer* writer) {
  if (!plan.nobody_known && plan.unknown_users.empty()) return;
  writer->Key("unknown_users");
  if (plan.nobody_known) {
    writer->Bool(true);
    return;
  }
  writer->StartArray();
  for (const std::string& user : plan.unknown_users) {
    writer->RawValue(user.data(), user.size(), rapidjson::kStringType);
  }
  writer->EndArray();
}

void WriteNumbers(const FaultPlan& plan, Writer* writer) {
  const auto add = [writer](const char* field, double value) {
    if (value <= 0) return;
    writer->Key(field);
    // Whole numbers are taken, and shown, without a point.
    const auto whole = static_cast<std::int64_t>(value);
    static_cast<double>(whole) < value ? writer->Double(value) : writer->Int64(whole);
  };
  add("latency_ms", plan.latency_ms);
  add("drop_before", plan.drop_before);
  add("drop_after", plan.drop_after);
  add("slow_body_ms", plan.slow_body_ms);
  add("body_bytes", static_cast<double>(plan.body_bytes));
  using Seconds = std::chrono::duration<double>;
  add("down_s", Seconds(plan.down_until - std::chrono::steady_clock::now()).count());
}

}  // namespace

std::string InForce(const FaultPlan& plan) {
  rapidjson::StringBuffer buffer;
  Writer writer(buffer);
  writer.StartObject();
  WriteMap("status", plan.status, &writer, [&writer](const auto& each) {
    writer.Key(std::to_string(each.first).c_str());
    writer.Double(each.second);
  });
  WriteMap("by_event", plan.by_event, &writer, [&writer](const auto& each) {
    writer.Key(each.first.data(), static_cast<rapidjson::SizeType>(each.first.size()));
    writer.Int(each.second);
  });
  if (!plan.retry_after.empty()) {
    writer.Key("retry_after");
    writer.String(plan.retry_after.data(),
                  static_cast<rapidjson::SizeType>(plan.retry_after.size()));
  }
  WriteNumbers(plan, &writer);
  for (const auto& flag : {std::make_pair("no_date", plan.no_date), {"portal", plan.portal}}) {
    if (!flag.second) continue;
    writer.Key(flag.first);
    writer.Bool(true);
  }
  WriteUsers(plan, &writer);
  writer.EndObject();
  return std::string(buffer.GetString(), buffer.GetSize()) + "\n";
}

bool Faults::Set(const std::string& json, std::string* error) {
  rapidjson::Document document;
  if (!ParseJson(json, &document) || !document.IsObject()) {
    *error = "the body must be a JSON object";
    return false;
  }
  auto plan = std::make_shared<FaultPlan>();
  for (const auto& member : document.GetObject()) {
    if (ReadField(std::string(Text(member.name)), member.value, plan.get())) continue;
    *error = "unknown fault, or a value it cannot have: " + std::string(Text(member.name));
    return false;
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  plan_ = std::move(plan);
  return true;
}

std::shared_ptr<const FaultPlan> Faults::plan() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return plan_;
}

bool Faults::Happens(double probability) {
  if (probability <= 0) return false;
  const std::lock_guard<std::mutex> lock(mutex_);
  return std::uniform_real_distribution<double>(0, 1)(random_) < probability;
}

int Faults::DrawStatus(const FaultPlan& plan, const std::string& event_name) {
  const auto named = plan.by_event.find(event_name);
  if (named != plan.by_event.end()) return named->second;
  for (const auto& each : plan.status) {
    if (Happens(each.second)) return each.first;
  }
  return 0;
}

bool IsUnknownUser(const FaultPlan& plan, const Event& event) {
  return plan.nobody_known || plan.unknown_users.count(event.identifier_value) != 0;
}

}  // namespace collector
