// Deliveries that were settled without waiting for the disk: a power cut undoes them, and their
// events are sent again. Waiting each time would cost a slow disk its rate and flash its life, so
// one transaction waits for those of the last second, if they are many.

#ifndef EMBEDDABLES_AGENT_STORE_UNSYNCED_H_
#define EMBEDDABLES_AGENT_STORE_UNSYNCED_H_

#include <cstdint>

#include "agent/base/time.h"

namespace embeddables {

class Unsynced {
 public:
  static constexpr std::uint64_t kMany = 64;
  static constexpr std::int64_t kLongMs = 1000;

  bool TooMany(BootTime now) const { return deliveries_ >= kMany && now - since_ >= kLongMs; }
  // `full`: the commit has waited for the disk, and with it for all before.
  void Committed(bool full, std::uint64_t deliveries, BootTime now) {
    if (deliveries_ == 0) since_ = now;
    deliveries_ = full ? 0 : deliveries_ + deliveries;
  }

 private:
  std::uint64_t deliveries_ = 0;
  BootTime since_;  // of the first
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_UNSYNCED_H_
