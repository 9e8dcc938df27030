#include "agent/send/gate.h"

#include "agent/base/check.h"

namespace embeddables {
namespace {

bool NoConsent(const GateFacts& facts) {
  return facts.erasing || facts.consent == Consent::kDenied ||
         (facts.consent_required && facts.consent != Consent::kGiven);
}

// Reasons that somebody must end, so they have no time.
WaitingFor HeldBy(const GateFacts& facts) {
  if (facts.store_only) return WaitingFor::kPaused;
  if (facts.store_away) return WaitingFor::kStore;
  if (!facts.sender) return facts.no_lock ? WaitingFor::kStore : WaitingFor::kOtherProcess;
  if (NoConsent(facts)) return WaitingFor::kConsent;
  if (facts.paused || facts.suspended) return WaitingFor::kPaused;
  if (facts.network == NetworkState::kUnavailable) return WaitingFor::kOffline;
  return WaitingFor::kNothing;
}

}  // namespace

GateAnswer AskGate(const GateFacts& facts, BootTime now) {
  const WaitingFor held = HeldBy(facts);
  if (held != WaitingFor::kNothing) return {false, held, BootTime::Never()};
  const struct {
    BootTime until;
    WaitingFor why;
  } waits[] = {
      {facts.unreadable_until, WaitingFor::kStore},
      {facts.renewing_until, WaitingFor::kBackoff},
      {facts.refused_until, WaitingFor::kCredentials},
      {facts.asked_until, WaitingFor::kServer},
      {facts.probe_at, facts.server_failed ? WaitingFor::kServer : WaitingFor::kBreaker},
  };
  for (const auto& wait : waits) {
    if (wait.until > now) return {false, wait.why, wait.until};
  }
  EMB_CHECK(facts.sender && !facts.erasing && facts.consent != Consent::kDenied);
  return {!facts.ending, WaitingFor::kNothing, BootTime::Never()};
}

}  // namespace embeddables
