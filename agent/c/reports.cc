#include "agent/c/reports.h"

#include <cstddef>
#include <cstring>
#include <string>

#include "agent/c/structs.h"

namespace embeddables::c {

namespace {

template <class T>
T Empty() {
  T out;
  std::memset(&out, 0, sizeof out);
  out.struct_size = sizeof out;
  return out;
}

template <std::size_t kFrom, std::size_t kTo>
void CopyWords(const char (&from)[kFrom], char (&to)[kTo]) {
  static_assert(kFrom <= kTo, "no text is cut on its way to C");
  std::memcpy(to, from, kFrom);
}

void ViewOf(const std::string& text, const char** data, std::uint64_t* size) {
  *data = text.c_str();
  *size = text.size();
}

emb_store_bounds FromBounds(const StoreBounds& bounds) {
  auto out = Empty<emb_store_bounds>();
  out.max_events = bounds.max_events;
  out.max_store_bytes = bounds.max_store_bytes;
  out.min_free_bytes = bounds.min_free_bytes;
  out.max_dead_letters = bounds.max_dead_letters;
  out.max_age_hours = bounds.max_age.count();
  out.unidentified_max_age_hours = bounds.unidentified_max_age.count();
  out.unknown_user_max_age_hours = bounds.unknown_user_max_age.count();
  return out;
}

}  // namespace

std::int32_t Tell(const Status& status, emb_status* out) {
  if (out != nullptr) {
    auto full = Empty<emb_status>();
    full.code = static_cast<std::int32_t>(status.code());
    std::strncpy(full.message, status.message(), sizeof full.message - 1);
    Write(full, out);
  }
  return static_cast<std::int32_t>(status.code());
}

emb_ledger FromLedger(const Ledger& ledger) {
  static_assert(kDropReasons <= EMB_DROP_REASON_ROOM, "agent_c.h has room for each reason");
  auto out = Empty<emb_ledger>();
  out.accepted = ledger.accepted;
  out.delivered = ledger.delivered;
  out.rejected = ledger.rejected;
  out.pending = ledger.pending;
  for (std::size_t i = 0; i < kDropReasons; ++i) out.dropped[i] = ledger.dropped[i];
  return out;
}

emb_reason FromReason(const Reason& reason) {
  auto out = Empty<emb_reason>();
  out.waiting_for = static_cast<std::int32_t>(reason.waiting_for);
  out.http_status = reason.http_status;
  out.since_ms = reason.since.count();
  out.next_try_ms = reason.next_try.count();
  CopyWords(reason.words, out.words);
  return out;
}

emb_stats FromStats(const Stats& stats) {
  auto out = Empty<emb_stats>();
  out.waiting_for = static_cast<std::int32_t>(stats.waiting_for);
  out.waiting_until_ms = stats.waiting_until.count();
  out.ledger = FromLedger(stats.ledger);
  out.reason = FromReason(stats.reason);
  out.dead_letters = stats.dead_letters;
  out.refused = stats.refused;
  out.queue_full = stats.queue_full;
  out.outcomes_lost = stats.outcomes_lost;
  out.log_lines_lost = stats.log_lines_lost;
  out.requests = stats.requests;
  out.connections = stats.connections;
  out.in_flight = stats.in_flight;
  out.store_bytes = stats.store_bytes;
  out.bytes_written = stats.bytes_written;
  out.intake_bytes = stats.intake_bytes;
  out.taken_over = stats.taken_over;
  out.store_in_memory = stats.store_in_memory;
  out.sender = stats.sender;
  out.intake_crash_safe = stats.intake_crash_safe;
  return out;
}

emb_outcome FromOutcome(const Outcome& outcome) {
  auto out = Empty<emb_outcome>();
  out.kind = static_cast<std::int32_t>(outcome.kind);
  out.reason = static_cast<std::int32_t>(outcome.reason);
  out.http_status = outcome.http_status;
  out.count = outcome.count;
  out.own = outcome.own;
  CopyWords(outcome.event_id, out.event_id);
  CopyWords(outcome.event_name, out.event_name);
  CopyWords(outcome.message, out.message);
  return out;
}

emb_log_line FromLogLine(const LogLine& line) {
  auto out = Empty<emb_log_line>();
  out.level = static_cast<std::int32_t>(line.level);
  CopyWords(line.text, out.text);
  return out;
}

emb_flush_result FromFlushResult(const FlushResult& result) {
  auto out = Empty<emb_flush_result>();
  out.waiting_for = static_cast<std::int32_t>(result.waiting_for);
  out.delivered = result.delivered;
  out.rejected = result.rejected;
  out.dropped = result.dropped;
  out.persisted = result.persisted;
  out.pending = result.pending;
  out.own_pending = result.own_pending;
  out.reason = FromReason(result.reason);
  return out;
}

emb_purge_result FromPurgeResult(const PurgeResult& result) {
  auto out = Empty<emb_purge_result>();
  out.in_memory = result.in_memory;
  out.stored = result.stored;
  out.in_flight = result.in_flight;
  out.dead_letters = result.dead_letters;
  return out;
}

emb_dead_letter FromDeadLetter(const DeadLetter& letter) {
  auto out = Empty<emb_dead_letter>();
  out.id = letter.id;
  out.http_status = letter.http_status;
  ViewOf(letter.event_id, &out.event_id, &out.event_id_size);
  ViewOf(letter.event_name, &out.event_name, &out.event_name_size);
  ViewOf(letter.message, &out.message, &out.message_size);
  ViewOf(letter.body, &out.body, &out.body_size);
  return out;
}

emb_process_status FromProcessStatus(const ProcessStatus& process) {
  auto out = Empty<emb_process_status>();
  out.sender = process.sender;
  out.pid = process.pid;
  ViewOf(process.version, &out.version, &out.version_size);
  out.reason = FromReason(process.reason);
  out.in_flight = process.in_flight;
  out.last_delivery_ms = process.last_delivery.count();
  out.in_memory = process.in_memory;
  ViewOf(process.memory_file, &out.memory_file, &out.memory_file_size);
  out.consent = static_cast<std::int32_t>(process.consent);
  out.consent_required = process.consent_required;
  return out;
}

emb_inspection FromInspection(const Inspection& inspection) {
  auto out = Empty<emb_inspection>();
  out.sends = inspection.sends;
  out.ledger = FromLedger(inspection.ledger);
  out.dead_letters = inspection.dead_letters;
  out.in_memory = inspection.in_memory;
  out.left_over = inspection.left_over;
  out.oldest_ms = inspection.oldest.count();
  out.reason = FromReason(inspection.reason);
  out.last_failure = FromReason(inspection.last_failure);
  out.last_delivery_ms = inspection.last_delivery.count();
  out.bounds = FromBounds(inspection.bounds);
  out.store_bytes = inspection.store_bytes;
  out.log_bytes = inspection.log_bytes;
  out.free_bytes = inspection.free_bytes;
  out.consent = static_cast<std::int32_t>(inspection.consent);
  out.consent_required = inspection.consent_required;
  out.writable = inspection.writable;
  out.complete = inspection.complete;
  return out;
}

}  // namespace embeddables::c
