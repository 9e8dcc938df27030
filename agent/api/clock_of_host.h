// The agent's clock over a host's (embeddables/parts.h). The boot clock never goes back, whatever
// the host's does.

#ifndef EMBEDDABLES_AGENT_API_CLOCK_OF_HOST_H_
#define EMBEDDABLES_AGENT_API_CLOCK_OF_HOST_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "embeddables/parts.h"
#include "platform/clock.h"

namespace embeddables {

class ClockOfHost final : public Clock {
 public:
  // `host` may be null, for an agent that has another clock.
  explicit ClockOfHost(std::shared_ptr<const HostClock> host) : host_(std::move(host)) {}

  std::int64_t WallMs() const override;
  std::int64_t BootMs() const override;
  std::int64_t AsleepMs() const override { return host_->Asleep().count(); }
  std::string BootId() const override { return host_->BootId(); }

 private:
  const std::shared_ptr<const HostClock> host_;
  mutable std::atomic<std::int64_t> latest_{0};
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_API_CLOCK_OF_HOST_H_
