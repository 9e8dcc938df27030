#include "agent/c/config_c.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "agent/c/parts_c.h"
#include "agent/c/reports.h"
#include "agent/c/structs.h"
#include "agent/c/values.h"

namespace embeddables::c {

namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

Status Refuse(const std::string& what) { return Status(StatusCode::kInvalidArgument, what); }

std::size_t ToSize(std::uint64_t size) {
  return static_cast<std::size_t>(
      std::min<std::uint64_t>(size, std::numeric_limits<std::size_t>::max()));
}

Status ReadTexts(const emb_config& from, Config* config) {
  const struct {
    const char* name;
    const char* data;
    std::uint64_t size;
    std::string* to;
  } texts[] = {
      {"config->project_id", from.project_id, from.project_id_size, &config->project_id},
      {"config->embeddable_id", from.embeddable_id, from.embeddable_id_size,
       &config->embeddable_id},
      {"config->api_key", from.api_key, from.api_key_size, &config->api_key},
      {"config->base_url", from.base_url, from.base_url_size, &config->base_url},
      {"config->proxy", from.proxy, from.proxy_size, &config->proxy},
      {"config->ca_file", from.ca_file, from.ca_file_size, &config->ca_file},
      {"config->ca_pem", from.ca_pem, from.ca_pem_size, &config->ca_pem},
      {"config->pinned_public_key", from.pinned_public_key, from.pinned_public_key_size,
       &config->pinned_public_key},
      {"config->store_path", from.store_path, from.store_path_size, &config->store_path},
      {"config->memory_folder", from.memory_folder, from.memory_folder_size,
       &config->memory_folder},
      {"config->event_id_key", from.event_id_key, from.event_id_key_size, &config->event_id_key},
  };
  for (const auto& each : texts) {
    std::string_view text;
    const Status status = ToText(each.data, each.size, each.name, &text);
    if (!status.ok()) return status;
    *each.to = text;
  }
  return Status();
}

Status ReadHeaders(const emb_config& from, Config* config) {
  if (from.extra_headers_count == 0) return Status();
  if (from.extra_headers == nullptr) return IsNull("config->extra_headers");
  const std::uint32_t stride = from.extra_headers->struct_size;
  for (std::uint64_t i = 0; i < from.extra_headers_count; ++i) {
    emb_header header{};
    header.name_size = header.value_size = EMB_TERMINATED;
    std::string_view name, value;
    const emb_header* const each = ElementOf(from.extra_headers, stride, i);
    if (each->struct_size != stride) {
      return Refuse("the elements of config->extra_headers must have one struct_size");
    }
    Status status = Read(each, "config->extra_headers", &header);
    if (status.ok()) status = ToText(header.name, header.name_size, "a header's name", &name);
    if (status.ok()) status = ToText(header.value, header.value_size, "a header's value", &value);
    if (!status.ok()) return status;
    config->extra_headers.emplace_back(name, value);
  }
  return Status();
}

Status ReadCommonProps(const emb_config& from, Config* config) {
  PropArray props;
  const Status status = props.Read(from.common_props, from.common_props_count);
  if (!status.ok()) return status;
  for (const Prop& prop : props.view()) config->common_props.Add(prop);
  return Status();
}

Status ReadBounds(const emb_config& from, Config* config) {
  const struct {
    const char* name;
    std::int64_t value;
    std::optional<std::uint64_t>* to;
    std::optional<hours>* to_hours;
  } bounds[] = {
      {"max_events", from.max_events, &config->max_events, nullptr},
      {"max_store_bytes", from.max_store_bytes, &config->max_store_bytes, nullptr},
      {"min_free_bytes", from.min_free_bytes, &config->min_free_bytes, nullptr},
      {"max_dead_letters", from.max_dead_letters, &config->max_dead_letters, nullptr},
      {"max_age_hours", from.max_age_hours, nullptr, &config->max_age},
      {"unidentified_max_age_hours", from.unidentified_max_age_hours, nullptr,
       &config->unidentified_max_age},
      {"unknown_user_max_age_hours", from.unknown_user_max_age_hours, nullptr,
       &config->unknown_user_max_age},
  };
  for (const auto& bound : bounds) {
    if (bound.value == EMB_AS_STORED) continue;
    if (bound.value < 0) {
      return Refuse(std::string("config->") + bound.name +
                    " is negative; the store's own is EMB_AS_STORED");
    }
    if (bound.to != nullptr) *bound.to = static_cast<std::uint64_t>(bound.value);
    if (bound.to_hours != nullptr) *bound.to_hours = hours(bound.value);
  }
  return Status();
}

// The numbers for which Start has no check of its own: as C++ has types for them.
Status ReadChoices(const emb_config& from, Config* config) {
  const struct {
    const char* name;
    std::int32_t value, most;
  } choices[] = {
      {"http_version", from.http_version, EMB_HTTP_VERSION_HTTP1},
      {"durability", from.durability, EMB_DURABILITY_IMMEDIATE},
      {"consent_policy", from.consent_policy, EMB_CONSENT_POLICY_NOT_REQUIRED},
      {"log_level", from.log_level, EMB_LOG_LEVEL_ERROR},
  };
  for (const auto& choice : choices) {
    if (choice.value >= 0 && choice.value <= choice.most) continue;
    return Refuse(std::string("config->") + choice.name + " is " + std::to_string(choice.value) +
                  ", which agent_c.h does not name");
  }
  config->http_version = static_cast<HttpVersion>(from.http_version);
  config->durability = static_cast<Durability>(from.durability);
  config->consent_policy = static_cast<ConsentPolicy>(from.consent_policy);
  config->log_level = static_cast<LogLevel>(from.log_level);
  return Status();
}

void ReadNumbers(const emb_config& from, Config* config) {
  config->allow_plain_http = from.allow_plain_http != 0;
  config->connect_timeout = milliseconds(from.connect_timeout_ms);
  config->request_timeout = milliseconds(from.request_timeout_ms);
  config->monitor_network = from.monitor_network != 0;
  config->memory_fallback = from.memory_fallback != 0;
  config->store_only = from.store_only != 0;
  config->crash_safe_intake = from.crash_safe_intake != 0;
  config->max_event_bytes = ToSize(from.max_event_bytes);
  config->max_volatile_events = from.max_volatile_events;
  config->intake_bytes = ToSize(from.intake_bytes);
  config->persist_interval = milliseconds(from.persist_interval_ms);
  config->immediate_timeout = milliseconds(from.immediate_timeout_ms);
  config->flush_interval = milliseconds(from.flush_interval_ms);
  config->backoff_initial = milliseconds(from.backoff_initial_ms);
  config->backoff_max = milliseconds(from.backoff_max_ms);
  config->max_retry_after = milliseconds(from.max_retry_after_ms);
  config->credentials_retry = milliseconds(from.credentials_retry_ms);
  config->unknown_user_retry = milliseconds(from.unknown_user_retry_ms);
  config->batch_events = from.batch_events;
  config->max_in_flight = from.max_in_flight;
  config->delivered_outcomes = from.delivered_outcomes != 0;
  config->outcome_capacity = ToSize(from.outcome_capacity);
  config->thread_stack_bytes = ToSize(from.thread_stack_bytes);
  config->pump = from.pump != 0;
}

// The host's callbacks get full structs of ours; what is beyond the host's it does not look at.
void ReadCallbacks(const emb_config& from, Config* config) {
  if (from.on_outcome != nullptr) {
    config->on_outcome = [call = from.on_outcome,
                          user_data = from.on_outcome_user_data](const Outcome& outcome) {
      const emb_outcome out = FromOutcome(outcome);
      call(user_data, &out);
    };
  }
  if (from.on_log != nullptr) {
    config->on_log = [call = from.on_log, user_data = from.on_log_user_data](const LogLine& line) {
      const emb_log_line out = FromLogLine(line);
      call(user_data, &out);
    };
  }
}

Status CheckAbiVersion(std::uint32_t version) {
  if (version == EMB_ABI_VERSION) return Status();
  return Refuse("config->abi_version is " + std::to_string(version) + ", but this library (" +
                kVersion + ") speaks " + std::to_string(EMB_ABI_VERSION) +
                (version == 0 ? "; call emb_config_init with EMB_ABI_VERSION first"
                              : "; load the library that belongs to the header, or rebuild with "
                                "the header that belongs to the library"));
}

}  // namespace

emb_config DefaultConfig() {
  const Config from;
  emb_config config;
  std::memset(&config, 0, sizeof config);
  config.struct_size = sizeof config;
  for (std::uint64_t* size :
       {&config.project_id_size, &config.embeddable_id_size, &config.api_key_size,
        &config.base_url_size, &config.proxy_size, &config.ca_file_size, &config.ca_pem_size,
        &config.pinned_public_key_size, &config.store_path_size, &config.memory_folder_size,
        &config.event_id_key_size}) {
    *size = EMB_TERMINATED;
  }
  for (std::int64_t* bound :
       {&config.max_events, &config.max_store_bytes, &config.min_free_bytes,
        &config.max_dead_letters, &config.max_age_hours, &config.unidentified_max_age_hours,
        &config.unknown_user_max_age_hours}) {
    *bound = EMB_AS_STORED;
  }
  config.base_url = "https://api.embeddables.com";
  config.event_id_key = "event_id";
  config.monitor_network = from.monitor_network;
  config.crash_safe_intake = from.crash_safe_intake;
  config.delivered_outcomes = from.delivered_outcomes;
  config.connect_timeout_ms = from.connect_timeout.count();
  config.request_timeout_ms = from.request_timeout.count();
  config.max_event_bytes = from.max_event_bytes;
  config.max_volatile_events = from.max_volatile_events;
  config.intake_bytes = from.intake_bytes;
  config.persist_interval_ms = from.persist_interval.count();
  config.immediate_timeout_ms = from.immediate_timeout.count();
  config.flush_interval_ms = from.flush_interval.count();
  config.backoff_initial_ms = from.backoff_initial.count();
  config.backoff_max_ms = from.backoff_max.count();
  config.max_retry_after_ms = from.max_retry_after.count();
  config.credentials_retry_ms = from.credentials_retry.count();
  config.unknown_user_retry_ms = from.unknown_user_retry.count();
  config.batch_events = from.batch_events;
  config.max_in_flight = from.max_in_flight;
  config.log_level = static_cast<std::int32_t>(from.log_level);
  config.outcome_capacity = from.outcome_capacity;
  config.thread_stack_bytes = from.thread_stack_bytes;
  return config;
}

Status ToConfig(const emb_config* from, Config* config) {
  emb_config full = DefaultConfig();
  Status status = Read(from, "config", &full);
  if (status.ok()) status = CheckAbiVersion(full.abi_version);
  if (status.ok()) status = ReadTexts(full, config);
  if (status.ok()) status = ReadHeaders(full, config);
  if (status.ok()) status = ReadCommonProps(full, config);
  if (status.ok()) status = ReadBounds(full, config);
  if (status.ok()) status = ReadChoices(full, config);
  if (!status.ok()) return status;
  ReadNumbers(full, config);
  ReadCallbacks(full, config);
  return ReadParts(full, config);
}

}  // namespace embeddables::c
