// The reports of agent.h as structs of agent_c.h. The structs are full ones, with our own
// struct_size; Write (structs.h) takes them to the host.

#ifndef EMBEDDABLES_AGENT_C_REPORTS_H_
#define EMBEDDABLES_AGENT_C_REPORTS_H_

#include <cstdint>

#include "embeddables/agent.h"
#include "embeddables/agent_c.h"

namespace embeddables::c {

// Writes the status, if the host wants it, and returns its code. The host's struct is known to be
// of a right size: see Begin in calls.h.
std::int32_t Tell(const Status& status, emb_status* out);

emb_ledger FromLedger(const Ledger& ledger);
emb_reason FromReason(const Reason& reason);
emb_stats FromStats(const Stats& stats);
emb_outcome FromOutcome(const Outcome& outcome);
emb_log_line FromLogLine(const LogLine& line);
emb_flush_result FromFlushResult(const FlushResult& result);
emb_purge_result FromPurgeResult(const PurgeResult& result);
// The texts are views of the C++ value.
emb_dead_letter FromDeadLetter(const DeadLetter& letter);
emb_process_status FromProcessStatus(const ProcessStatus& process);
emb_inspection FromInspection(const Inspection& inspection);

}  // namespace embeddables::c

#endif  // EMBEDDABLES_AGENT_C_REPORTS_H_
