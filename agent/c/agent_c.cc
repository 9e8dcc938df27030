// The functions of agent_c.h that need an agent.

#include "embeddables/agent_c.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <new>
#include <string_view>
#include <utility>

#include "agent/c/calls.h"
#include "agent/c/config_c.h"
#include "agent/c/reports.h"
#include "agent/c/structs.h"
#include "agent/c/values.h"
#include "embeddables/agent.h"

using embeddables::Agent;
using embeddables::Config;
using embeddables::Consent;
using embeddables::EventOptions;
using embeddables::FlushResult;
using embeddables::Identifier;
using embeddables::LogLine;
using embeddables::NetworkState;
using embeddables::Outcome;
using embeddables::PurgeResult;
using embeddables::Status;
using embeddables::StatusCode;
using std::chrono::milliseconds;
// NOLINTNEXTLINE(google-build-using-namespace): the room's own; the functions here are outside it
using namespace embeddables::c;

namespace {

template <class Item, class Out>
Status Poll(Agent& agent, std::size_t (Agent::*poll)(Item*, std::size_t),
            Out (*convert)(const Item&), Out* out, std::uint64_t capacity, std::uint64_t* count) {
  if (count == nullptr) return IsNull("count");
  *count = 0;
  if (capacity == 0) return Status();
  const Status status = CheckOut(out, "out");
  if (!status.ok()) return status;
  const std::uint32_t stride = out->struct_size;
  Item item;
  while (*count < capacity && (agent.*poll)(&item, 1) == 1) {
    Out* const place = ElementOf(out, stride, (*count)++);
    place->struct_size = stride;
    Write(convert(item), place);
  }
  return Status();
}

}  // namespace

int32_t emb_start(const emb_config* config, emb_agent** agent, emb_status* status) {
  return Tried(status, [&] {
    if (agent == nullptr) return IsNull("agent");
    *agent = nullptr;
    Config copy;
    Status done = ToConfig(config, &copy);
    if (!done.ok()) return done;
    auto made = std::unique_ptr<emb_agent>(new (std::nothrow) emb_agent);
    if (made == nullptr) return Status(StatusCode::kOutOfMemory, "no memory for the agent");
    done = Agent::Start(copy, &made->agent);
    if (done.ok()) *agent = made.release();
    return done;
  });
}

void emb_destroy(emb_agent* agent) { delete agent; }

int32_t emb_shutdown(emb_agent* agent, int64_t timeout_ms, emb_flush_result* result,
                     emb_status* status) {
  return TriedFor(
      agent, status, result, "result", FromFlushResult,
      [&](Agent& on, FlushResult* to) { return on.Shutdown(milliseconds(timeout_ms), to); });
}

int32_t emb_track(emb_agent* agent, const char* name, const emb_prop* props, uint64_t count,
                  const emb_event_options* options, emb_status* status) {
  return emb_track_n(agent, name, EMB_TERMINATED, props, count, options, status);
}

int32_t emb_track_n(emb_agent* agent, const char* name, uint64_t name_size, const emb_prop* props,
                    uint64_t count, const emb_event_options* options, emb_status* status) {
  return TriedOn(agent, status, [&](Agent& on) {
    std::string_view event;
    PropArray list;
    EventOptions full;
    Status done = ToText(name, name_size, "name", &event);
    if (done.ok()) done = list.Read(props, count);
    if (done.ok()) done = ToOptions(options, &full);
    return done.ok() ? on.Track(event, list.view(), full) : done;
  });
}

int32_t emb_identify(emb_agent* agent, const char* key, const char* text, emb_status* status) {
  return emb_identify_n(agent, key, EMB_TERMINATED, text, EMB_TERMINATED, status);
}

int32_t emb_identify_n(emb_agent* agent, const char* key, uint64_t key_size, const char* text,
                       uint64_t text_size, emb_status* status) {
  emb_prop prop = emb_prop_string(key, text);
  prop.key_size = key_size;
  prop.text_size = text_size;
  return emb_identify_prop(agent, &prop, status);
}

int32_t emb_identify_prop(emb_agent* agent, const emb_prop* identifier, emb_status* status) {
  return TriedOn(agent, status, [&](Agent& on) {
    Identifier person;
    const Status done = ToIdentifier(identifier, "identifier", &person);
    return done.ok() ? on.Identify(person.key, person.value) : done;
  });
}

int32_t emb_reset(emb_agent* agent, emb_status* status) {
  return TriedOn(agent, status, [](Agent& on) { return on.Reset(); });
}

int32_t emb_persist(emb_agent* agent, int64_t timeout_ms, emb_flush_result* result,
                    emb_status* status) {
  return TriedFor(
      agent, status, result, "result", FromFlushResult,
      [&](Agent& on, FlushResult* to) { return on.Persist(milliseconds(timeout_ms), to); });
}

int32_t emb_flush(emb_agent* agent, int64_t timeout_ms, emb_flush_result* result,
                  emb_status* status) {
  return TriedFor(
      agent, status, result, "result", FromFlushResult,
      [&](Agent& on, FlushResult* to) { return on.Flush(milliseconds(timeout_ms), to); });
}

int32_t emb_suspend(emb_agent* agent, int64_t timeout_ms, emb_flush_result* result,
                    emb_status* status) {
  return TriedFor(
      agent, status, result, "result", FromFlushResult,
      [&](Agent& on, FlushResult* to) { return on.Suspend(milliseconds(timeout_ms), to); });
}

int32_t emb_pause(emb_agent* agent, emb_status* status) {
  return TriedOn(agent, status, [](Agent& on) { return on.Pause(); });
}

int32_t emb_resume(emb_agent* agent, emb_status* status) {
  return TriedOn(agent, status, [](Agent& on) { return on.Resume(); });
}

int32_t emb_set_network_state(emb_agent* agent, int32_t state, emb_status* status) {
  return TriedOn(agent, status,
                 [&](Agent& on) { return on.SetNetworkState(ToEnum<NetworkState>(state)); });
}

int32_t emb_set_api_key(emb_agent* agent, const char* key, emb_status* status) {
  return emb_set_api_key_n(agent, key, EMB_TERMINATED, status);
}

int32_t emb_set_api_key_n(emb_agent* agent, const char* key, uint64_t key_size,
                          emb_status* status) {
  return TriedOn(agent, status, [&](Agent& on) {
    std::string_view text;
    const Status done = ToText(key, key_size, "key", &text);
    return done.ok() ? on.SetApiKey(text) : done;
  });
}

int32_t emb_set_wall_clock(emb_agent* agent, int64_t now_ms, emb_status* status) {
  return TriedOn(agent, status, [&](Agent& on) { return on.SetWallClock(ToWallTime(now_ms)); });
}

int32_t emb_pump(emb_agent* agent, int64_t budget_ms, int64_t* next_ms, emb_status* status) {
  return TriedOn(agent, status, [&](Agent& on) {
    milliseconds next{0};
    const Status done = on.Pump(milliseconds(budget_ms), &next);
    if (done.ok() && next_ms != nullptr) *next_ms = next.count();
    return done;
  });
}

int32_t emb_set_consent(emb_agent* agent, int32_t consent, emb_purge_result* purged,
                        int64_t timeout_ms, emb_status* status) {
  return TriedFor(agent, status, purged, "purged", FromPurgeResult,
                  [&](Agent& on, PurgeResult* to) {
                    return on.SetConsent(ToEnum<Consent>(consent), to, milliseconds(timeout_ms));
                  });
}

int32_t emb_get_consent(const emb_agent* agent, int32_t* consent, emb_status* status) {
  return TriedOn(agent, status, [&](const Agent& on) {
    if (consent == nullptr) return IsNull("consent");
    *consent = static_cast<std::int32_t>(on.GetConsent());
    return Status();
  });
}

int32_t emb_poll_outcomes(emb_agent* agent, emb_outcome* out, uint64_t capacity, uint64_t* count,
                          emb_status* status) {
  return TriedOn(agent, status, [&](Agent& on) {
    return Poll(on, &Agent::PollOutcomes, FromOutcome, out, capacity, count);
  });
}

int32_t emb_poll_log(emb_agent* agent, emb_log_line* out, uint64_t capacity, uint64_t* count,
                     emb_status* status) {
  return TriedOn(agent, status, [&](Agent& on) {
    return Poll(on, &Agent::PollLog, FromLogLine, out, capacity, count);
  });
}

int32_t emb_get_stats(const emb_agent* agent, emb_stats* stats, emb_status* status) {
  return TriedOn(agent, status, [&](const Agent& on) {
    const Status done = CheckOut(stats, "stats");
    if (done.ok()) Write(FromStats(on.GetStats()), stats);
    return done;
  });
}

int32_t emb_requeue(emb_agent* agent, int64_t id, uint64_t* requeued, int64_t timeout_ms,
                    emb_status* status) {
  return TriedOn(agent, status,
                 [&](Agent& on) { return on.Requeue(id, requeued, milliseconds(timeout_ms)); });
}

int32_t emb_purge(emb_agent* agent, emb_purge_result* purged, int64_t timeout_ms,
                  emb_status* status) {
  return TriedFor(
      agent, status, purged, "purged", FromPurgeResult,
      [&](Agent& on, PurgeResult* to) { return on.Purge(to, milliseconds(timeout_ms)); });
}
