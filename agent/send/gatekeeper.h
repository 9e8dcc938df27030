// Collects the facts that the gate (gate.h) decides on, and says in one place why nothing is being
// sent. Each fact has one owner: this class keeps the switches that others set, and asks for each
// time the class that sets it.

#ifndef EMBEDDABLES_AGENT_SEND_GATEKEEPER_H_
#define EMBEDDABLES_AGENT_SEND_GATEKEEPER_H_

#include <atomic>
#include <string>

#include "agent/base/time.h"
#include "agent/send/batch.h"
#include "agent/send/credentials.h"
#include "agent/send/flights.h"
#include "agent/send/gate.h"
#include "agent/send/network_return.h"
#include "agent/send/pace.h"
#include "agent/send/reasons.h"
#include "agent/send/settlements.h"
#include "agent/send/supply.h"
#include "embeddables/agent.h"
#include "platform/clock.h"

namespace embeddables {

class Gatekeeper {
 public:
  Gatekeeper(const Config& config, const Clock& clock, Supply* supply, const Batch& batch,
             const Settlements& settlements, const Flights& flights, const Pace& pace,
             const Credentials& credentials, const NetworkReturn& network, Reasons* reasons);

  void SetSender(bool sender, const std::string& trouble);
  void SetPaused(bool paused) { said_.paused = paused; }
  void HeedPauses(const std::atomic<int>* asked_for) { pausing_ = asked_for; }
  void Suspend() { said_.suspended = true; }
  // Ends a pause and a suspension.
  void Resume() { said_.paused = said_.suspended = false; }
  void SetErasing(bool erasing) { said_.erasing = erasing; }
  void End() { said_.ending = true; }

  GateAnswer Ask() const;
  // An event that was tracked after a Pause must not be sent, even if the Pause is not known here
  // yet.
  bool pause_asked() const { return pausing_ != nullptr && pausing_->load() > 0; }
  // This process may send from the store, unless something else is in the way.
  bool sends() const { return said_.sender && !supply_.away(); }
  // True if no event waits here, is in flight, or is answered but not settled.
  bool Idle() const;
  Holdup Why();

 private:
  WaitingFor WhatWaits(BootTime* until);

  // The owners that it asks for facts.
  const Clock& clock_;
  Supply& supply_;
  const Batch& batch_;
  const Settlements& settlements_;
  const Flights& flights_;
  const Pace& pace_;
  const Credentials& credentials_;
  const NetworkReturn& network_;
  Reasons& reasons_;

  // Facts that others tell.
  GateFacts said_;  // the switches; Ask fills in the other facts
  std::string lock_trouble_;
  const std::atomic<int>* pausing_ = nullptr;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_SEND_GATEKEEPER_H_
