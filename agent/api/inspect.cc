// The part of the facade that looks at a store without an agent.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/api/config.h"
#include "agent/api/inspector.h"
#include "agent/send/endpoint.h"
#include "agent/send/letters.h"
#include "agent/store/dead_letters.h"
#include "agent/store/store_reader.h"
#include "agent/store/stored_event.h"
#include "embeddables/agent.h"
#include "platform/cancel_guard.h"
#include "platform/clock.h"
#include "platform/paths.h"
#include "platform/process_registry.h"

namespace embeddables {

namespace {

// To close the file here would take away the locks of the other copy's SQLite.
Status CheckOtherCopies(const std::string& path) {
  FileId lock;
  if (FindFile(path + ".lock", &lock) != Presence::kThere || !AnotherCopyHas(lock)) return Status();
  return Status(
      StatusCode::kStoreUnusable,
      "another copy of this library has this store in this process; look through that one", path);
}

}  // namespace

Status Agent::StorePath(const Config& config, std::string* path) {
  const CancelGuard guard;
  if (path == nullptr) return Status(StatusCode::kInvalidArgument, "path is null");
  Config resolved;
  resolved.store_path = config.store_path;
  resolved.project_id = config.project_id;
  resolved.embeddable_id = config.embeddable_id;
  Status status = ResolveStorePath(&resolved);
  if (status.ok()) *path = std::move(resolved.store_path);
  return status;
}

Status Agent::Inspect(std::string_view store_path, Inspection* out) {
  const CancelGuard guard;
  if (out == nullptr) return Status(StatusCode::kInvalidArgument, "out is null");
  Config config;
  config.store_path = std::string(store_path);
  std::string path;
  Status status = StorePath(config, &path);
  if (status.ok()) status = CheckOtherCopies(path);
  return status.ok() ? Inspector(path, SystemClock()).Look(out) : status;
}

Status Agent::InspectDeadLetters(const Config& config, std::vector<DeadLetter>* out,
                                 std::size_t limit, std::int64_t after) {
  const CancelGuard guard;
  if (out == nullptr) return Status(StatusCode::kInvalidArgument, "out is null");
  std::string path;
  Status status = StorePath(config, &path);
  if (status.ok()) status = CheckOtherCopies(path);
  if (!status.ok()) return status;
  const Endpoint endpoint(config);
  std::vector<DeadLetter> letters;
  std::vector<StoredEvent> events;
  StoreReader reader(path, SystemClock());
  status = reader.Look([&](StoreReader* store) {
    letters.clear();
    events.clear();
    return ListLetters(store->database(), limit, after, &letters, &events);
  });
  if (!status.ok()) return status;
  DescribeLetters(endpoint, events, &letters);
  *out = std::move(letters);
  return Status();
}

}  // namespace embeddables
