// Judges what an inspection shows, for a monitoring program: healthy, or the first thing that
// somebody should look at. A pure function.

#ifndef EMBEDDABLES_SAMPLES_CLI_HEALTH_H_
#define EMBEDDABLES_SAMPLES_CLI_HEALTH_H_

#include <embeddables/agent.h>

#include <chrono>
#include <cstdint>
#include <string>

namespace cli {

// The exit codes of `status --check`. Scripts rely on them: none ever changes its meaning.
enum class Health {
  kHealthy = 0,
  kWaiting = 4,      // events have waited too long
  kStore = 5,        // the store cannot be read or written
  kCredentials = 6,  // key, project or URL was refused
  kNobodySends = 7,  // events have waited too long, and no process sends
  kPerson = 8,       // for the person's consent, an identifier, or a user that the server knows
  kLost = 9,         // events were given up, dropped or damaged
};

struct HealthLimits {
  std::chrono::seconds max_wait{3600};
  std::uint64_t max_lost = 0;  // so many lost events are known and accepted
};

// What makes 9: rejected events that are still kept, and events that a bound dropped, that were
// damaged or that no store took. What a person or the host wanted gone is not lost.
std::uint64_t CountLost(const embeddables::Inspection& seen);

// Is there no room for even one event?
bool DiskIsFull(const embeddables::Inspection& seen);
// *why: one line for people.
Health Judge(const embeddables::Inspection& seen, const HealthLimits& limits, std::string* why);
const char* Name(Health health);  // e.g. "nobody_sends"

}  // namespace cli

#endif  // EMBEDDABLES_SAMPLES_CLI_HEALTH_H_
