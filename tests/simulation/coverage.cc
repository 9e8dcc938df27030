#include "tests/simulation/coverage.h"

#include <cstddef>
#include <utility>

#include "agent/send/endpoint.h"
#include "embeddables/agent.h"
#include "tests/simulation/disk.h"
#include "tests/simulation/server.h"

namespace embeddables::test {
namespace {

// Calls of the store's own file work, which must have gone to the simulated disk.
constexpr const char* kFileWork[] = {"make of the folder",         "make of the database",
                                     "find of the database",       "find of the log",
                                     "find of the log's index",    "list of the folder",
                                     "facts of the folder",        "rename of the database",
                                     "find of a file set aside",   "rename of a file set aside",
                                     "write of a file set aside",  "read of a file set aside",
                                     "delete of a file set aside", "truncate of the database",
                                     "facts of the database",      "facts of the log"};

// No part in it: kOtherProcess and kStore, which need another process; kStoreDamaged, which the
// processes that repair a store are told.
std::vector<std::pair<std::string, std::string>> Wanted() {
  std::vector<std::pair<std::string, std::string>> all;
  for (int i = 0; i <= static_cast<int>(VerdictKind::kNetwork); ++i) {
    all.emplace_back("verdict", Name(static_cast<VerdictKind>(i)));
  }
  for (const char* state : {"closed", "open", "half-open"}) all.emplace_back("breaker", state);
  for (std::size_t i = 0; i < kDropReasons; ++i) {
    all.emplace_back("dropped", Name(static_cast<DropReason>(i)));
  }
  for (const WaitingFor waiting :
       {WaitingFor::kNothing, WaitingFor::kConsent, WaitingFor::kIdentity, WaitingFor::kOffline,
        WaitingFor::kPaused, WaitingFor::kBackoff, WaitingFor::kCredentials,
        WaitingFor::kBreaker}) {
    all.emplace_back("waiting for", Name(waiting));
  }
  for (int i = 0; i < static_cast<int>(OutcomeKind::kStoreDamaged); ++i) {
    all.emplace_back("outcome", Name(static_cast<OutcomeKind>(i)));
  }
  for (int i = 0; i < kWeathers; ++i) {
    all.emplace_back("weather", Name(static_cast<Weather>(i)));
  }
  for (int i = 1; i < kDiskFaults; ++i) {
    all.emplace_back("disk fault", Name(static_cast<DiskFault>(i)));
  }
  for (const PowerCut cut : {PowerCut::kDropped, PowerCut::kKept, PowerCut::kTorn}) {
    all.emplace_back("power cut", Name(cut));
  }
  for (const char* named : {"none", "others", "as before"}) all.emplace_back("settings", named);
  for (const char* mode : {"thread", "pump", "immediate"}) all.emplace_back("mode", mode);
  for (const char* happened :
       {"suspend", "time told", "upgrade", "own agent in a child", "memory taken over",
        "set aside and salvaged", "death in a repair", "power cut in a repair"})
    all.emplace_back("happened", happened);
  for (const std::string& pair : FaultPairs()) all.emplace_back("pair", pair);
  return all;
}

}  // namespace

std::vector<std::string> FaultPairs() {
  std::vector<std::string> pairs;
  for (const char* happening : kHappenings) {
    for (const char* situation : kSituations) {
      pairs.push_back(std::string(happening) + " / " + situation);
    }
  }
  return pairs;
}

// A journal lives for the moment in which a store is made, files are set aside in a repair only,
// and SQLite asks for the log when a database is opened: the exhaustive loops have each of these
// calls fail.
bool Coverage::IsRare(const std::string& site) {
  for (const char* rare :
       {"journal", "set aside", "index", "rename", "reserve", "access of the log"}) {
    if (site.find(rare) != std::string::npos) return true;
  }
  return false;
}

std::uint64_t Coverage::Get(const std::string& group, const std::string& name) const {
  const auto found = groups_.find(group);
  if (found == groups_.end()) return 0;
  const auto entry = found->second.find(name);
  return entry == found->second.end() ? 0 : entry->second;
}

std::vector<std::string> Coverage::Missing() const {
  std::vector<std::string> missing;
  for (const auto& want : Wanted()) {
    if (Get(want.first, want.second) == 0) missing.push_back(want.first + ": " + want.second);
  }
  const auto sites = groups_.find("fault site");
  if (sites == groups_.end()) return missing;
  for (const char* call : kFileWork) {
    if (sites->second.count(call) == 0) missing.push_back(std::string("file work: ") + call);
  }
  for (const auto& site : sites->second) {
    if (site.second == 0 && !IsRare(site.first)) missing.push_back("a failure: " + site.first);
  }
  return missing;
}

std::string Coverage::Report() const {
  std::string report;
  for (const auto& group : groups_) {
    report += "  " + group.first + ":";
    for (const auto& each : group.second) {
      report += " " + each.first + "=" + std::to_string(each.second) + ",";
    }
    report.back() = '\n';
  }
  return report;
}

}  // namespace embeddables::test
