// How the collector misbehaves when asked to, by POST /_faults, in JSON that options.cc explains.
// Each body replaces all. The answer, and that to GET /_faults, is what is in force, in the same
// form.

#ifndef EMBEDDABLES_SAMPLES_COLLECTOR_FAULTS_H_
#define EMBEDDABLES_SAMPLES_COLLECTOR_FAULTS_H_

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>

#include "samples/collector/contract.h"

namespace collector {

struct FaultPlan {
  std::map<int, double> status;
  std::map<std::string, int> by_event;
  std::string retry_after;
  int latency_ms = 0;
  double drop_before = 0, drop_after = 0;
  bool no_date = false;
  bool portal = false;
  int slow_body_ms = 0;
  std::size_t body_bytes = 0;
  bool nobody_known = false;
  std::set<std::string> unknown_users;  // JSON text, as identifiers come
  std::chrono::steady_clock::time_point down_until;
};

// Any thread.
class Faults {
 public:
  // False with the reason in *error; nothing changes then.
  bool Set(const std::string& json, std::string* error);
  std::shared_ptr<const FaultPlan> plan() const;
  // Draws: does something of this probability happen now?
  bool Happens(double probability);
  // The status to answer with instead of 200, or 0.
  int DrawStatus(const FaultPlan& plan, const std::string& event_name);

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const FaultPlan> plan_ = std::make_shared<FaultPlan>();
  std::mt19937_64 random_{std::random_device{}()};
};

// What is in force now, as Faults::Set takes it.
std::string InForce(const FaultPlan& plan);

bool IsUnknownUser(const FaultPlan& plan, const Event& event);

}  // namespace collector

#endif  // EMBEDDABLES_SAMPLES_COLLECTOR_FAULTS_H_
