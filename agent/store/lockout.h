// A store that another program has locked is not broken. Nobody waits for the lock: the failed work
// is tried again, soon at first and then less and less often, and the host is told only of a lock
// that lasts.

#ifndef EMBEDDABLES_AGENT_STORE_LOCKOUT_H_
#define EMBEDDABLES_AGENT_STORE_LOCKOUT_H_

#include <cstdint>

#include "agent/base/time.h"

namespace embeddables {

class Lockout {
 public:
  // A try has ended: it met the lock, or got past it.
  void Tried(bool locked, BootTime now) {
    if (!locked) return LetGo();
    if (!on()) since_ = now;
  }
  // Other processes have written meanwhile: they take turns, and ours comes soon.
  void LetGo() { since_ = BootTime::Never(); }

  bool on() const { return !since_.IsNever(); }
  bool Lasts(BootTime now) const { return on() && now - since_ >= kToldAfterMs; }
  // When to repeat work that has just failed: in `otherwise_ms` if there was no lock.
  BootTime RetryAt(BootTime now, std::int64_t otherwise_ms) const;

 private:
  static constexpr std::int64_t kToldAfterMs = 10'000;

  BootTime since_ = BootTime::Never();  // never: not locked, as far as is known
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_LOCKOUT_H_
