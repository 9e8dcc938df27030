// The settings in force, for tests that compare with them.

#ifndef EMBEDDABLES_TESTS_SUPPORT_IN_FORCE_H_
#define EMBEDDABLES_TESTS_SUPPORT_IN_FORCE_H_

#include "agent/store/settings.h"
#include "embeddables/agent.h"

namespace embeddables::test {

// What is in force in a store where `before` was, once a host with this config has opened it.
inline InForce InForceOf(const Config& config, InForce before = {}) {
  before.max_events = config.max_events.value_or(before.max_events);
  before.max_store_bytes = config.max_store_bytes.value_or(before.max_store_bytes);
  before.min_free_bytes = config.min_free_bytes.value_or(before.min_free_bytes);
  before.max_dead_letters = config.max_dead_letters.value_or(before.max_dead_letters);
  before.max_age = config.max_age.value_or(before.max_age);
  before.unidentified_max_age = config.unidentified_max_age.value_or(before.unidentified_max_age);
  before.unknown_user_max_age = config.unknown_user_max_age.value_or(before.unknown_user_max_age);
  if (config.consent_policy != ConsentPolicy::kAsStored) {
    before.consent_required = config.consent_policy == ConsentPolicy::kRequired;
  }
  return before;
}

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_SUPPORT_IN_FORCE_H_
