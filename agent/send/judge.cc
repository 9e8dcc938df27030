#include "agent/send/judge.h"

namespace embeddables {
namespace {

// Design: ten answers that blame the server, while other events pass, make an event poison.
constexpr std::uint32_t kPoisonStrikes = 10;
constexpr std::uint32_t kUnconfirmedStrikes = 3;
constexpr std::uint32_t kRejectionsInARow = 20;

void Bury(Decision* decision) {
  decision->settle = Settlement::Kind::kRejected;
  decision->event_at_fault = true;
  decision->outcome = OutcomeKind::kRejected;
}

Decision Delivered(const History& history) {
  Decision decision;
  decision.settle = Settlement::Kind::kDelivered;
  decision.server = ServerNews::kPasses;
  decision.window = WindowNews::kGrows;
  if (history.this_key) decision.key = KeyNews::kAccepted;
  decision.outcome = OutcomeKind::kDelivered;
  return decision;
}

Decision Unconfirmed(const History& history) {
  Decision decision;
  decision.server = ServerNews::kPasses;
  if (history.strikes + 1 >= kUnconfirmedStrikes) {
    Bury(&decision);
    return decision;
  }
  decision.settle = Settlement::Kind::kRetry;
  decision.delay = Delay::kLongest;
  decision.strike = Strike::kAlways;
  decision.cause = Cause::kUnconfirmed;
  decision.outcome = OutcomeKind::kUnconfirmed;
  return decision;
}

Decision Unanswered(const Verdict& verdict, const History& history) {
  Decision decision;
  // New requests already go over other connections.
  if (history.on_left) return decision;
  decision.others_first = true;
  if (verdict.throttled) decision.window = WindowNews::kShrinks;
  decision.cause = NetworkCause(verdict);
  if (!history.neighbours_pass) {
    decision.server = ServerNews::kGone;
  } else if (history.strikes + 1 >= kPoisonStrikes) {
    Bury(&decision);
  } else {
    // The event itself is at fault, so only it waits.
    decision.settle = Settlement::Kind::kRetry;
    decision.delay = Delay::kBackoff;
    decision.strike = Strike::kIfNeighboursPass;
  }
  return decision;
}

Decision Refused(const History& history) {
  Decision decision;
  decision.others_first = true;
  decision.server = ServerNews::kPasses;
  // A refusal of the old key says nothing about a key that was set since.
  if (history.this_key) decision.key = KeyNews::kPauses;
  return decision;
}

Decision UnknownUser() {
  Decision decision;
  decision.settle = Settlement::Kind::kUnknownUser;
  decision.delay = Delay::kUser;
  decision.server = ServerNews::kPasses;
  decision.window = WindowNews::kGrows;
  decision.cause = Cause::kUnknownUser;
  decision.outcome = OutcomeKind::kUnknownUser;
  return decision;
}

Decision Rejected(const History& history) {
  Decision decision;
  decision.server = ServerNews::kPasses;
  Bury(&decision);
  if (!history.this_key) return decision;
  // If so many different events are rejected at once, the fault is more likely the server's or ours
  // than theirs.
  decision.key =
      history.rejected_in_a_row + 1 >= kRejectionsInARow ? KeyNews::kPauses : KeyNews::kCounts;
  return decision;
}

Decision Retry(const Verdict& verdict, const History& history) {
  Decision decision;
  decision.settle = Settlement::Kind::kRetry;
  decision.delay = Delay::kBackoff;
  decision.strike = Strike::kIfNeighboursPass;
  decision.others_first = true;
  // An answer over an old connection says nothing about the probe's connection.
  if (!history.on_left || !history.probing) decision.server = ServerNews::kFails;
  if (verdict.throttled) decision.window = WindowNews::kShrinks;
  // An answer that broke off says nothing about the server.
  decision.cause = verdict.http_status >= 400 ? Cause::kServer : Cause::kNetwork;
  if (history.strikes + 1 >= kPoisonStrikes) Bury(&decision);
  return decision;
}

}  // namespace

Cause NetworkCause(const Verdict& verdict) {
  if (verdict.kind == VerdictKind::kPortal) return Cause::kPortal;
  return verdict.tls_failed ? Cause::kTls : Cause::kNetwork;
}

Decision Judge(const Verdict& verdict, const History& history) {
  Decision decision;
  switch (verdict.kind) {
    case VerdictKind::kDelivered:
      return Delivered(history);
    case VerdictKind::kUnconfirmed:
      return Unconfirmed(history);
    case VerdictKind::kPortal:
    case VerdictKind::kNetwork:
      return Unanswered(verdict, history);
    case VerdictKind::kCredentials:
    case VerdictKind::kConfiguration:
      return Refused(history);
    case VerdictKind::kMisdirected:
      if (history.sent_again) return Refused(history);
      decision.send_again = true;
      break;
    case VerdictKind::kUnknownUser:
      return UnknownUser();
    case VerdictKind::kRejected:
      return Rejected(history);
    case VerdictKind::kRetry:
      return Retry(verdict, history);
  }
  return decision;
}

}  // namespace embeddables
