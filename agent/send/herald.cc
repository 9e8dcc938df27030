#include "agent/send/herald.h"

#include <algorithm>
#include <string>

namespace embeddables {
namespace {

// "0198c1b2-... ", or what stands in its place for a request without an event.
std::string IdOf(const Flight& flight) {
  if (flight.asks_time) return "the time";
  char id[37] = {};
  FormatEventId(flight.record.id, id);
  return id;
}

std::string Seconds(std::int64_t ms) {
  const std::int64_t tenths = (std::max<std::int64_t>(0, ms) + 99) / 100;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
}

}  // namespace

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

void Herald::Tell(OutcomeKind kind, const Record& record, const Verdict& verdict, bool own) {
  if (kind == OutcomeKind::kDelivered && !config_.delivered_outcomes) return;
  Outcome outcome;
  outcome.kind = kind;
  outcome.http_status = verdict.http_status;
  outcome.own = own;
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

void Herald::Began(const Flight& flight, const Request& request) {
  if (!debugs()) return;
  std::string line = "request: " + IdOf(flight) + (request.head ? " HEAD " : " POST ") +
                     request.url + ", " + std::to_string(request.body.size()) + " bytes";
  if (!flight.asks_time) line += ": " + std::string(flight.record.name);
  reporter_.Log(LogLevel::kDebug, line);
}

void Herald::Answered(const Flight& flight, const Verdict& verdict, std::string_view body) {
  if (!debugs()) return;
  const std::string after = " after " + std::to_string(BootNow(clock_) - flight.begun_at) + " ms";
  if (verdict.http_status == 0) {
    return reporter_.Log(LogLevel::kDebug,
                         "no answer: " + IdOf(flight) + after + ": " + verdict.message);
  }
  const std::string status = "HTTP " + std::to_string(verdict.http_status);
  std::string line = "answer: " + IdOf(flight) + " " + status + after;
  if (verdict.message != status) line += ": " + verdict.message;
  if (!body.empty()) line += ": " + std::string(body);
  reporter_.Log(LogLevel::kDebug, line);
}

void Herald::WaitsFor(const Flight& flight, std::int64_t wait_ms) {
  if (!debugs()) return;
  reporter_.Log(LogLevel::kDebug, "next try: " + IdOf(flight) + " in " + Seconds(wait_ms));
}

void Herald::AllWaitFor(const char* why, BootTime until) {
  if (!debugs()) return;
  reporter_.Log(LogLevel::kDebug, "next try: one request in " + Seconds(until - BootNow(clock_)) +
                                      ", all others wait for it: " + why);
}

}  // namespace embeddables
