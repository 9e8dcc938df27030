// The beginning and the end of every function of the C interface.

#ifndef EMBEDDABLES_AGENT_C_CALLS_H_
#define EMBEDDABLES_AGENT_C_CALLS_H_

#include <cstdint>
#include <memory>

#include "agent/c/reports.h"
#include "agent/c/structs.h"
#include "embeddables/agent.h"
#include "embeddables/agent_c.h"

struct emb_agent {
  std::unique_ptr<embeddables::Agent> agent;
};

namespace embeddables::c {

// Runs `call`, which returns a Status, and tells the host how it went. Nothing is done if that
// cannot be told.
template <class Call>
std::int32_t Tried(emb_status* status, const Call& call) {
  if (!CheckOptionalOut(status, "status").ok()) return EMB_STATUS_INVALID_ARGUMENT;
  return Tell(call(), status);
}

// The same for a function of an agent, which is `call`'s argument.
template <class Call>
std::int32_t TriedOn(const emb_agent* agent, emb_status* status, const Call& call) {
  return Tried(status, [&] { return agent == nullptr ? IsNull("agent") : call(*agent->agent); });
}

// The same for a function that also fills an `out` of the host's, which may be NULL.
template <class Result, class Out, class Call>
std::int32_t TriedFor(const emb_agent* agent, emb_status* status, Out* out, const char* name,
                      Out (*convert)(const Result&), const Call& call) {
  return TriedOn(agent, status, [&](Agent& on) {
    Status done = CheckOptionalOut(out, name);
    if (!done.ok()) return done;
    Result result;
    done = call(on, &result);
    if (out != nullptr) Write(convert(result), out);
    return done;
  });
}

}  // namespace embeddables::c

#endif  // EMBEDDABLES_AGENT_C_CALLS_H_
