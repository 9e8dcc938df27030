// Everything that was set aside as damaged, and its salvage: whether some of it is not taken over
// yet, and what was found, to be told to the host.

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

  // The file at the path was moved to this name.
  void NoteSetAside(const std::string& name);
  // Before the fresh store is used: what it must know of the old ones. False: not now; *held:
  // another process has one of them locked.
  bool AdoptFacts(const std::vector<std::string>& unsalvaged, bool* held);
  // Takes over what is still in files that were set aside. False: not all yet; try again later.
  bool Salvage();
  // ... with the repair lock, which is this process's already.
  bool SalvageAll();
  bool salvaging() const { return salvaging_; }
  Damage Take() { return std::exchange(damage_, Damage()); }

 private:
  const Salvager::Fresh fresh_;
  SharedState& shared_;
  Claims& claims_;
  Damage damage_;
  bool salvaging_ = false;  // something is not taken over yet
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_DAMAGE_CONTROL_H_
