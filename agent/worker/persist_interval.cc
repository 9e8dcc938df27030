#include "agent/worker/persist_interval.h"

namespace embeddables {
namespace {

constexpr std::chrono::milliseconds kApart{1'000};
// Config's own, which a whole Config would have to be made for.
constexpr std::chrono::milliseconds kDefault{5'000};

}  // namespace

std::chrono::milliseconds PersistInterval(const Config& config, bool crash_safe) {
  const bool chosen = config.persist_interval != kDefault;
  return chosen || crash_safe ? config.persist_interval : kPlainMemoryInterval;
}

bool SendsFromMemory(const Config& config) {
  return !config.store_only && config.durability == Durability::kBuffered &&
         config.persist_interval >= config.flush_interval + kApart;
}

// Below a second it is chosen for what a power cut may take: nobody expects to have sent by then.
bool IsApartFromSending(const Config& c) {
  if (c.persist_interval < kApart) return true;
  return c.persist_interval >= c.flush_interval + kApart ||
         c.flush_interval >= c.persist_interval + kApart;
}

}  // namespace embeddables
