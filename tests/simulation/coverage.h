// What a run has reached: counters by group and name, and what it must reach.

#ifndef EMBEDDABLES_TESTS_SIMULATION_COVERAGE_H_
#define EMBEDDABLES_TESTS_SIMULATION_COVERAGE_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace embeddables::test {

class Coverage {
 public:
  void Count(const std::string& group, const std::string& name, std::uint64_t by = 1) {
    groups_[group][name] += by;
  }
  std::uint64_t Get(const std::string& group, const std::string& name) const;
  // What the design names and the run never reached: "verdict portal".
  std::vector<std::string> Missing() const;
  std::string Report() const;

 private:
  static bool IsRare(const std::string& site);

  std::map<std::string, std::map<std::string, std::uint64_t>> groups_;
};

// Every pair of what happens to the host and what the world is like then.
std::vector<std::string> FaultPairs();
inline constexpr const char* kHappenings[] = {"sigkill", "power cut", "shutdown", "destruction",
                                              "denial",  "purge",     "new key",  "wall jump",
                                              "sleep",   "reset",     "pause",    "fork"};
inline constexpr const char* kSituations[] = {
    "in flight", "breaker", "refused",    "retry-after", "disk failing", "offline",
    "paused",    "portal",  "no network", "no consent",  "backlog"};

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_SIMULATION_COVERAGE_H_
