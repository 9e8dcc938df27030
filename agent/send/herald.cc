#include "agent/send/herald.h"

#include <string>

namespace embeddables {

OutcomeKind Herald::OutcomeOf(Cause cause) {
  switch (cause) {
    case Cause::kServer:
      return OutcomeKind::kServer;
    case Cause::kCredentials:
      return OutcomeKind::kCredentials;
    case Cause::kTls:
      return OutcomeKind::kTls;
    case Cause::kUnknownUser:
      return OutcomeKind::kUnknownUser;
    case Cause::kUnconfirmed:
      return OutcomeKind::kUnconfirmed;
    case Cause::kNetwork:
    case Cause::kPortal:
      break;
  }
  return OutcomeKind::kNetwork;
}

void Herald::Complain(Cause cause, const Verdict& verdict) {
  const bool news = reasons_.Failed(cause, verdict.http_status, verdict.message, BootNow(clock_));
  // The host is told of each event that fails for one of these causes.
  if (!news || cause == Cause::kUnknownUser || cause == Cause::kUnconfirmed) return;
  Outcome outcome;
  outcome.kind = OutcomeOf(cause);
  outcome.http_status = verdict.http_status;
  outcome.count = 0;
  CopyText(verdict.message, outcome.message);
  reporter_.Tell(outcome);
  const bool refused = cause == Cause::kCredentials;
  reporter_.Log(refused ? LogLevel::kError : LogLevel::kWarning,
                (refused ? "uploading paused: key, project or URL refused: "
                         : std::string(Name(outcome.kind)) + ": ") +
                    WithStatus(verdict.http_status, verdict.message));
}

void Herald::Tell(OutcomeKind kind, const Record& record, const Verdict& verdict) {
  if (kind == OutcomeKind::kDelivered && !config_.delivered_outcomes) return;
  Outcome outcome;
  outcome.kind = kind;
  outcome.http_status = verdict.http_status;
  FormatEventId(record.id, outcome.event_id);
  CopyText(record.name, outcome.event_name);
  CopyText(verdict.message, outcome.message);
  reporter_.Tell(outcome);
  if (kind == OutcomeKind::kDelivered) return;
  reporter_.Log(LogLevel::kWarning, std::string(Name(kind)) + ": " + outcome.event_name + " " +
                                        outcome.event_id + ": " + verdict.message);
}

void Herald::Delivered(const Verdict& verdict) {
  reasons_.Delivered();
  if (!verdict.in_unknown_form || api_change_told_) return;
  api_change_told_ = true;
  reporter_.Tell(OutcomeKind::kApiChanged,
                 "the server confirms events in an unknown form; update this library");
}

}  // namespace embeddables
