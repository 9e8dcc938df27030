// The functions of agent_c.h that need neither an agent nor a store: versions, names, initialisers.

#include <cstdint>

#include "agent/c/config_c.h"
#include "agent/c/structs.h"
#include "agent/c/values.h"
#include "embeddables/agent.h"
#include "embeddables/agent_c.h"
#include "embeddables/parts.h"

using embeddables::DropReason;
using embeddables::OutcomeKind;
using embeddables::StatusCode;
using embeddables::WaitingFor;
// NOLINTNEXTLINE(google-build-using-namespace): the room's own; the functions here are outside it
using namespace embeddables::c;

namespace {

const char* NameOf(StatusCode code) {
  switch (code) {
    case StatusCode::kOk:
      return "ok";
    case StatusCode::kInvalidArgument:
      return "invalid_argument";
    case StatusCode::kQueueFull:
      return "queue_full";
    case StatusCode::kConsentDenied:
      return "consent_denied";
    case StatusCode::kNotRunning:
      return "not_running";
    case StatusCode::kDeadlineExceeded:
      return "deadline_exceeded";
    case StatusCode::kUnavailable:
      return "unavailable";
    case StatusCode::kCredentials:
      return "credentials";
    case StatusCode::kStoreUnusable:
      return "store_unusable";
    case StatusCode::kNotFound:
      return "not_found";
    case StatusCode::kOutOfMemory:
      return "out_of_memory";
  }
  return "unknown";
}

}  // namespace

const char* emb_version(void) { return embeddables::kVersion; }
uint32_t emb_abi_version(void) { return EMB_ABI_VERSION; }

const char* emb_status_name(int32_t code) { return NameOf(ToEnum<StatusCode>(code)); }
const char* emb_drop_reason_name(int32_t reason) {
  return embeddables::Name(ToEnum<DropReason>(reason));
}
const char* emb_waiting_for_name(int32_t waiting_for) {
  return embeddables::Name(ToEnum<WaitingFor>(waiting_for));
}
const char* emb_outcome_kind_name(int32_t kind) {
  return embeddables::Name(ToEnum<OutcomeKind>(kind));
}

const char* emb_http_error_name(int32_t error) {
  return embeddables::Name(ToEnum<embeddables::HttpError>(error));
}

const char* emb_status_message(const emb_status* status) {
  return status == nullptr ? "" : status->message;
}

int32_t emb_event_options_init(emb_event_options* options, uint32_t struct_size) {
  const emb_event_options defaults = EMB_EVENT_OPTIONS_INIT;
  if (options == nullptr || !IsStructSize(struct_size)) return EMB_STATUS_INVALID_ARGUMENT;
  options->struct_size = struct_size;
  Write(defaults, options);
  return EMB_STATUS_OK;
}

int32_t emb_config_init(emb_config* config, uint32_t struct_size, uint32_t abi_version) {
  if (config == nullptr || !IsStructSize(struct_size)) return EMB_STATUS_INVALID_ARGUMENT;
  emb_config defaults = DefaultConfig();
  defaults.abi_version = abi_version;
  config->struct_size = struct_size;
  Write(defaults, config);
  return EMB_STATUS_OK;
}

uint64_t emb_ledger_dropped_total(const emb_ledger* ledger) {
  uint64_t total = 0;
  if (ledger == nullptr) return total;
  for (const uint64_t count : ledger->dropped) total += count;
  return total;
}

int32_t emb_ledger_balanced(const emb_ledger* ledger) {
  return ledger != nullptr && ledger->accepted == ledger->delivered + ledger->rejected +
                                                      emb_ledger_dropped_total(ledger) +
                                                      ledger->pending;
}
