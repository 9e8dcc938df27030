#include "agent/send/gatekeeper.h"

#include <string_view>

#include "agent/send/endpoint.h"
#include "agent/store/store.h"

namespace embeddables {

Gatekeeper::Gatekeeper(const Config& config, const Clock& clock, Supply* supply, const Batch& batch,
                       const Settlements& settlements, const Flights& flights, const Pace& pace,
                       const Credentials& credentials, const NetworkReturn& network,
                       Reasons* reasons)
    : clock_(clock),
      supply_(*supply),
      batch_(batch),
      settlements_(settlements),
      flights_(flights),
      pace_(pace),
      credentials_(credentials),
      network_(network),
      reasons_(*reasons) {
  said_.store_only = config.store_only;
}

void Gatekeeper::SetSender(bool sender, const std::string& trouble) {
  said_.sender = sender;
  said_.no_lock = !trouble.empty();
  lock_trouble_ = trouble;
}

GateAnswer Gatekeeper::Ask() const {
  const BootTime now = BootNow(clock_);
  Store& store = supply_.store();
  GateFacts facts = said_;
  facts.consent_required = !store.known() || store.settings().in_force().consent_required;
  // What is read of a log without its index does not know what others have written since.
  facts.store_away = supply_.away() || !store.known() || store.trouble() == Trouble::kLogGone;
  facts.consent = store.consent();
  facts.network = network_.state();
  facts.unreadable_until = supply_.unreadable_until();
  if (!network_.until().IsNever()) facts.renewing_until = network_.until();
  facts.refused_until = credentials_.until();
  const AgeTime hold = store.facts().hold_until();
  facts.asked_until = hold > store.AgeNow() ? store.InBoot(hold) : BootTime();
  facts.probe_at = pace_.probe_at();
  facts.server_failed = reasons_.server_failed();
  return AskGate(facts, now);
}

bool Gatekeeper::Idle() const { return !flights_.any() && settlements_.empty() && supply_.empty(); }

// The gate is open, or the agent ends. Pending events then wait for a time or a person of their
// own, or are being sent.
WaitingFor Gatekeeper::WhatWaits(BootTime* until) {
  if (flights_.events() == 0 && settlements_.HeldUp(until)) return WaitingFor::kStore;
  if (!Idle()) return WaitingFor::kNothing;
  if (batch_.draining()) {
    // The probe is due, and has not begun or was given up.
    if (pace_.closed()) return WaitingFor::kNothing;
    *until = pace_.probe_at();
    return reasons_.server_failed() ? WaitingFor::kServer : WaitingFor::kBreaker;
  }
  const AgeTime user = supply_.store().outbox().NextUser();
  const AgeTime due = supply_.store().outbox().NextDue();
  *until = supply_.store().InBoot(due);
  if (!due.IsNever() && due == user) return WaitingFor::kUnknownUser;
  if (!due.IsNever()) {
    return reasons_.server_failed() ? WaitingFor::kServer : WaitingFor::kBackoff;
  }
  if (batch_.drain_at().IsNever()) return WaitingFor::kIdentity;
  // The next batch may find more events of nobody: what was said of the earlier ones still holds.
  const bool holds = reasons_.waits_for_person() && !supply_.store().outbox().AnybodyKnown();
  return holds ? WaitingFor::kIdentity : WaitingFor::kNothing;
}

Holdup Gatekeeper::Why() {
  const Store& store = supply_.store();
  const bool pending = supply_.AnyPending();
  GateAnswer gate;
  // Nobody knows what is pending in a store that could not be read yet.
  if (pending || !store.known()) gate = Ask();
  if (pending && gate.why == WaitingFor::kNothing) gate.why = WhatWaits(&gate.until);
  // What the store does not take is not pending there.
  if (!pending && settlements_.store_refuses()) gate.why = WaitingFor::kStore;
  std::string_view words;
  if (gate.why == WaitingFor::kStore) {
    const bool lock = said_.no_lock && !supply_.away() && store.known();
    words = lock ? lock_trouble_ : store.message();
  }
  if (gate.why == WaitingFor::kUnknownUser) words = Endpoint::kUnknownUserAdvice;
  return reasons_.Explain(gate.why, gate.until, words, !Idle(), BootNow(clock_));
}

}  // namespace embeddables
