// Counts the events in the copy of an intake that the store did not have.

#ifndef EMBEDDABLES_AGENT_API_MEMORY_COUNTS_H_
#define EMBEDDABLES_AGENT_API_MEMORY_COUNTS_H_

#include <cstdint>
#include <optional>

#include "agent/base/time.h"
#include "agent/intake/intake_copies.h"
#include "embeddables/agent.h"

namespace embeddables {

struct MemoryCounts {
  Ledger ledger;
  std::uint64_t waiting = 0;       // of `ledger.pending`
  std::optional<BootTime> oldest;  // when the first of these was tracked
};

// `absorbed` and `consent` are the store's, read after the copy was made. Of a dead process,
// volatile events count as dropped, and so does what cannot be read; of a denied store, all do.
// It takes the copy's records.
MemoryCounts CountMemory(IntakeCopy* copy, const IntakeCopies::Positions& absorbed,
                         Consent consent);

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_API_MEMORY_COUNTS_H_
