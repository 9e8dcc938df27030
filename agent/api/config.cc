#include "agent/api/config.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "agent/worker/persist_interval.h"
#include "platform/paths.h"

namespace embeddables {
namespace {

struct Range {
  const char* name;
  std::int64_t value, least, most;
};

std::int64_t Number(std::uint64_t n) {
  return static_cast<std::int64_t>(std::min<std::uint64_t>(n, std::uint64_t{1} << 62));
}

// A setting that is not named is the store's own, and in its range.
std::int64_t Named(const std::optional<std::uint64_t>& n, std::int64_t otherwise) {
  return n.has_value() ? Number(*n) : otherwise;
}
std::int64_t Named(const std::optional<std::chrono::hours>& age) {
  return age.has_value() ? age->count() : 1;
}

// A host that sets one of these believes that it holds.
Status CheckParts(const Config& c) {
  if (c.transport == nullptr) return Status();
  const std::pair<const char*, bool> of_libcurl[] = {
      {"Config::proxy", !c.proxy.empty()},
      {"Config::ca_file", !c.ca_file.empty()},
      {"Config::ca_pem", !c.ca_pem.empty()},
      {"Config::pinned_public_key", !c.pinned_public_key.empty()},
  };
  for (const auto& [name, set] : of_libcurl) {
    if (!set) continue;
    return Status(StatusCode::kInvalidArgument, name,
                  "is for libcurl only; leave it empty beside Config::transport, and let that "
                  "transport see to it");
  }
  return Status();
}

}  // namespace

Status CheckRanges(const Config& c) {
  constexpr std::int64_t kKiB = 1024, kMiB = 1024 * kKiB, kDay = 24 * 3'600'000;
  constexpr std::int64_t kNoLimit = std::int64_t{1} << 53;
  const Range ranges[] = {
      {"connect_timeout", c.connect_timeout.count(), 1, kDay},
      {"request_timeout", c.request_timeout.count(), 1, kDay},
      {"max_event_bytes", Number(c.max_event_bytes), kKiB, 256 * kKiB},
      {"max_events", Named(c.max_events, 1), 1, kNoLimit},
      {"max_store_bytes", Named(c.max_store_bytes, kMiB), kMiB, kNoLimit},
      {"max_volatile_events", Number(c.max_volatile_events), 1, 1'000'000},
      {"max_dead_letters", Named(c.max_dead_letters, 0), 0, kNoLimit},
      {"intake_bytes", Number(c.intake_bytes), 64 * kKiB, 256 * kMiB},
      {"max_age", Named(c.max_age), 1, 24 * 36'500},
      {"unidentified_max_age", Named(c.unidentified_max_age), 1, 24 * 36'500},
      {"persist_interval", c.persist_interval.count(), 1, kDay},
      {"immediate_timeout", c.immediate_timeout.count(), 1, kDay},
      {"batch_events", c.batch_events, 1, 10'000},
      {"flush_interval", c.flush_interval.count(), 1, kDay},
      {"max_in_flight", c.max_in_flight, 1, 256},
      {"backoff_initial", c.backoff_initial.count(), 1, kDay},
      {"backoff_max", c.backoff_max.count(), c.backoff_initial.count(), 365 * kDay},
      {"max_retry_after", c.max_retry_after.count(), 0, 365 * kDay},
      {"credentials_retry", c.credentials_retry.count(), 1, 365 * kDay},
      {"unknown_user_retry", c.unknown_user_retry.count(), 1, 365 * kDay},
      {"unknown_user_max_age", Named(c.unknown_user_max_age), 0, 24 * 36'500},
      {"outcome_capacity", Number(c.outcome_capacity), 0, 1'000'000},
      {"thread_stack_bytes", Number(c.thread_stack_bytes), 64 * kKiB, 64 * kMiB},
  };
  for (const Range& range : ranges) {
    if (range.value >= range.least && range.value <= range.most) continue;
    const std::string detail = std::string(range.name) + " must be " + std::to_string(range.least) +
                               " to " + std::to_string(range.most);
    return Status(StatusCode::kInvalidArgument, "Config is out of range", detail);
  }
  if (static_cast<unsigned>(c.consent_policy) >
      static_cast<unsigned>(ConsentPolicy::kNotRequired)) {
    return Status(StatusCode::kInvalidArgument, "Config::consent_policy is no ConsentPolicy");
  }
  if (c.pump && c.durability == Durability::kImmediate) {
    return Status(StatusCode::kInvalidArgument,
                  "Config::durability kImmediate needs the agent's thread; with Config::pump call "
                  "Persist after Track");
  }
  const Status parts = CheckParts(c);
  if (!parts.ok()) return parts;
  if (c.crash_safe_intake && !IsApartFromSending(c)) {
    return Status(StatusCode::kInvalidArgument,
                  "Config::persist_interval is within 1 s of flush_interval: each event would be "
                  "sent and stored at once; take one a second longer (sent first) or shorter "
                  "(stored first)");
  }
  // An event that can never fit would get "queue full" for ever.
  if (c.intake_bytes / 2 < c.max_event_bytes) {
    return Status(StatusCode::kInvalidArgument,
                  "Config::intake_bytes must be at least twice max_event_bytes");
  }
  return Status();
}

namespace {

std::string FileNamePart(const std::string& id) {
  std::string out;
  for (const char c : id.substr(0, 100)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    out += plain || c == '-' ? c : '_';
  }
  return out;
}

Status ChooseStorePath(Config* config) {
  const std::string state = UserStateDirectory();
  if (state.empty() || config->project_id.empty() || config->embeddable_id.empty()) {
    return Status(StatusCode::kInvalidArgument,
                  "Config::store_path is empty and there is no default here; set it");
  }
  config->store_path = state + "/embeddables-agent/" + FileNamePart(config->project_id) + "." +
                       FileNamePart(config->embeddable_id) + "/events.db";
  return Status();
}

Status Resolve(const char* name, std::string* path) {
  if (path->find('\0') != std::string::npos) {
    return Status(StatusCode::kInvalidArgument, name, "holds a NUL");
  }
  std::string error;
  if (path->empty() || MakeAbsolute(path, &error)) return Status();
  return Status(StatusCode::kInvalidArgument, name,
                "is relative to a current directory that cannot be found (" + error +
                    "); give the full path");
}

}  // namespace

Status ResolveStorePath(Config* config) {
  Status status;
  if (config->store_path.empty()) status = ChooseStorePath(config);
  return status.ok() ? Resolve("Config::store_path", &config->store_path) : status;
}

Status ResolvePaths(Config* config) {
  Status status = ResolveStorePath(config);
  if (status.ok()) status = Resolve("Config::memory_folder", &config->memory_folder);
  if (status.ok()) status = Resolve("Config::ca_file", &config->ca_file);
  return status;
}

}  // namespace embeddables
