#include "agent/send/pace.h"

namespace embeddables {

BackoffPolicy Pace::PolicyOf(const Config& config) {
  BackoffPolicy policy;
  policy.initial_ms = config.backoff_initial.count();
  policy.max_ms = config.backoff_max.count();
  policy.max_retry_after_ms = config.max_retry_after.count();
  return policy;
}

}  // namespace embeddables
