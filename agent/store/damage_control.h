// Takes care of all files that were set aside as damaged, and of their salvage: knows whether some
// are not taken over yet, and what was found, to tell the host.

#ifndef EMBEDDABLES_AGENT_STORE_DAMAGE_CONTROL_H_
#define EMBEDDABLES_AGENT_STORE_DAMAGE_CONTROL_H_

#include <string>
#include <utility>
#include <vector>

#include "agent/store/claims.h"
#include "agent/store/shared_state.h"
#include "agent/store/store_salvage.h"

namespace embeddables {

class DamageControl {
 public:
  DamageControl(const Salvager::Fresh& fresh, SharedState* shared, Claims* claims)
      : fresh_(fresh), shared_(*shared), claims_(*claims) {}

  // The file at the path was renamed to this.
  void NoteSetAside(const std::string& name);
  // Tells the fresh store, before it is used, what it must know of the old ones. False: not now;
  // *held: another process has one of them locked.
  bool AdoptFacts(const std::vector<std::string>& unsalvaged, bool* held);
  // Takes over the events that are still in files set aside. False: not all yet; try again later.
  bool Salvage();
  // The same, with the repair lock already taken.
  bool SalvageAll();
  bool salvaging() const { return salvaging_; }
  Damage Take() { return std::exchange(damage_, Damage()); }

 private:
  const Salvager::Fresh fresh_;
  SharedState& shared_;
  Claims& claims_;
  Damage damage_;
  bool salvaging_ = false;  // not everything is taken over yet
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_DAMAGE_CONTROL_H_
