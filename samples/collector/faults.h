// How the collector misbehaves when asked to, by POST /_faults. Each body replaces all; {} ends
// all. The answer, and that to GET /_faults, is what is in force, in the same form.
//
//   {"status": {"503": 0.5, "429": 0.1},  answer so, with these probabilities
//    "by_event": {"bad_level": 500},      answer so to events of this name
//    "retry_after": "5",                  sent with 429 and 503; also as a date
//    "latency_ms": 50,                    before each answer
//    "drop_before": 0.1,                  close before the body is read, with this probability
//    "drop_after": 0.1,                   keep the event, then close without an answer
//    "no_date": true,                     answers without a Date header
//    "portal": true,                      200 with a login page
//    "slow_body_ms": 500,                 trickle the answer's body over so long
//    "body_bytes": 1000000,               an answer this long instead of JSON
//    "unknown_users": ["a@b.c"],          404 ENTRY_NOT_FOUND; true: for everybody
//    "down_s": 10}                        close every connection for so long

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
