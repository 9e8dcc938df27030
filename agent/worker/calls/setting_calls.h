// Calls that tell the agent something and wait for nothing: Pause, Resume, SetApiKey,
// SetNetworkState, SetWallClock. Each takes effect when it starts, before anything more is sent.

#ifndef EMBEDDABLES_AGENT_WORKER_CALLS_SETTING_CALLS_H_
#define EMBEDDABLES_AGENT_WORKER_CALLS_SETTING_CALLS_H_

#include <string>
#include <string_view>

#include "agent/event/true_time.h"
#include "agent/worker/calls/call.h"
#include "embeddables/agent.h"

namespace embeddables {

// Such a call is done once it has started.
class InstantCall : public Call {
 public:
  InstantCall() : Call(Late::kGivesUp) {}
  void Start(const Desk& desk) override = 0;
  bool Step(const Desk& desk, Status* status) override;
};

class PauseCall : public InstantCall {
 public:
  void Posted(Mailbox* mailbox) override;
  void Start(const Desk& desk) override;
};

class ResumeCall : public InstantCall {
 public:
  void Start(const Desk& desk) override;
};

class SetApiKeyCall : public InstantCall {
 public:
  explicit SetApiKeyCall(std::string_view key) : key_(key) {}
  void Start(const Desk& desk) override;

 private:
  const std::string key_;
};

class SetNetworkCall : public InstantCall {
 public:
  explicit SetNetworkCall(NetworkState state) : state_(state) {}
  void Start(const Desk& desk) override;

 private:
  const NetworkState state_;
};

// Done whether or not the disk takes the time: writing it is tried again until it succeeds.
class SetWallClockCall : public Call {
 public:
  explicit SetWallClockCall(const TrueOffset& offset)
      : Call(Late::kIsCarriedOut), offset_(offset) {}
  void Start(const Desk& desk) override;
  bool Step(const Desk& desk, Status* status) override;

 private:
  const TrueOffset offset_;
  bool written_ = true;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_WORKER_CALLS_SETTING_CALLS_H_
