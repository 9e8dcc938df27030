#include "samples/collector/faults.h"

#include <rapidjson/document.h>

#include <cstdlib>
#include <utility>

namespace collector {
namespace {

using Json = rapidjson::Value;

std::string Text(const Json& value) { return {value.GetString(), value.GetStringLength()}; }

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
    if (!ReadInt(each.value, &plan->by_event[Text(each.name)])) return false;
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

}  // namespace

bool Faults::Set(const std::string& json, std::string* error) {
  rapidjson::Document document;
  if (!ParseJson(json, &document) || !document.IsObject()) {
    *error = "the body must be a JSON object";
    return false;
  }
  auto plan = std::make_shared<FaultPlan>();
  for (const auto& member : document.GetObject()) {
    if (ReadField(Text(member.name), member.value, plan.get())) continue;
    *error = "unknown fault, or a value it cannot have: " + Text(member.name);
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
