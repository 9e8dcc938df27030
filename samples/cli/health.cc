#include "samples/cli/health.h"

#include "samples/cli/reasons.h"
#include "samples/cli/system.h"

namespace cli {

using namespace embeddables;

namespace {

bool StoreFails(const Inspection& seen, std::string* why) {
  if (seen.reason.waiting_for == WaitingFor::kStore) {
    *why = "the store cannot be used";
    const std::string words = Words(seen.reason);
    if (!words.empty()) *why += ": " + words;
    return true;
  }
  if (!seen.writable && seen.processes.empty()) {
    *why = std::string("the store cannot be written: ") + kCheckFiles + " its file and folder";
    return true;
  }
  *why = "the disk is full: " + std::to_string(seen.free_bytes) + " bytes are free";
  return DiskIsFull(seen);
}

bool WaitsForPerson(WaitingFor waiting_for) {
  return waiting_for == WaitingFor::kConsent || waiting_for == WaitingFor::kIdentity ||
         waiting_for == WaitingFor::kUnknownUser;
}

std::string Waiting(const Inspection& seen) {
  return std::to_string(seen.ledger.pending) + " pending, the oldest for " + Duration(seen.oldest);
}

Health JudgeWaiting(const Inspection& seen, const HealthLimits& limits, std::string* why) {
  const std::string reason = Explanation(seen.reason);
  *why = Waiting(seen) + ": " + reason;
  if (seen.reason.waiting_for == WaitingFor::kCredentials) return Health::kCredentials;
  if (WaitsForPerson(seen.reason.waiting_for)) return Health::kPerson;
  if (seen.oldest < limits.max_wait) return Health::kHealthy;
  if (seen.sends || !seen.complete) return Health::kWaiting;
  *why = Waiting(seen) + ", and no process sends";
  if (seen.reason.waiting_for != WaitingFor::kNothing) *why += "; last: " + reason;
  return Health::kNobodySends;
}

}  // namespace

bool DiskIsFull(const Inspection& seen) {
  constexpr std::uint64_t kLeastFree = 64 * 1024;
  return seen.free_bytes < kLeastFree;
}

std::uint64_t CountLost(const Inspection& seen) {
  std::uint64_t lost = seen.dead_letters;
  for (const DropReason reason :
       {DropReason::kRowBound, DropReason::kByteBound, DropReason::kAge, DropReason::kUnidentified,
        DropReason::kDamaged, DropReason::kStoreFailed}) {
    lost += seen.ledger.dropped[static_cast<std::size_t>(reason)];
  }
  return lost;
}

Health Judge(const Inspection& seen, const HealthLimits& limits, std::string* why) {
  if (StoreFails(seen, why)) return Health::kStore;
  if (seen.ledger.pending > 0) {
    const Health health = JudgeWaiting(seen, limits, why);
    if (health != Health::kHealthy) return health;
  }
  const std::uint64_t lost = CountLost(seen);
  if (lost > limits.max_lost) {
    *why = std::to_string(lost) + " events were lost: " + std::to_string(seen.dead_letters) +
           " dead letters" + (lost > seen.dead_letters ? ", the others are under dropped" : "");
    return Health::kLost;
  }
  *why = std::to_string(seen.ledger.pending) + " pending, " +
         std::to_string(seen.ledger.delivered) + " delivered";
  return Health::kHealthy;
}

const char* Name(Health health) {
  switch (health) {
    case Health::kHealthy:
      return "healthy";
    case Health::kWaiting:
      return "waiting";
    case Health::kStore:
      return "store";
    case Health::kCredentials:
      return "credentials";
    case Health::kNobodySends:
      return "nobody_sends";
    case Health::kPerson:
      return "person";
    case Health::kLost:
      return "lost";
  }
  return "unknown";
}

}  // namespace cli
