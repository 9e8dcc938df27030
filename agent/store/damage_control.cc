#include "agent/store/damage_control.h"

#include "platform/process_lock.h"

namespace embeddables {

void DamageControl::NoteSetAside(const std::string& name) {
  damage_.name = name;
  damage_.found = true;
}

bool DamageControl::AdoptFacts(const std::vector<std::string>& unsalvaged, bool* held) {
  for (const std::string& name : unsalvaged) {
    salvaging_ = true;
    Salvager salvager(fresh_, name);
    if (salvager.AdoptFacts()) continue;
    *held = salvager.held();
    return false;
  }
  return true;
}

bool DamageControl::Salvage() {
  ProcessLock repair;
  const StorePlace& place = fresh_.place;
  return repair.TryAcquire(place.group().lock_path(), place.path()) && SalvageAll();
}

bool DamageControl::SalvageAll() {
  std::vector<std::string> names;
  if (!fresh_.place.group().Unsalvaged(&names)) return false;
  for (const std::string& name : names) {
    damage_.found = true;
    if (!Salvager(fresh_, name).SalvageEvents(&damage_)) return false;
  }
  salvaging_ = false;
  claims_.LookAgainAfter(0);
  return shared_.Load();
}

}  // namespace embeddables
