// Dead letters, and looking at a store without an agent: what comes in lists and as texts.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/c/calls.h"
#include "agent/c/config_c.h"
#include "agent/c/reports.h"
#include "agent/c/structs.h"
#include "agent/c/values.h"
#include "embeddables/agent.h"
#include "embeddables/agent_c.h"

struct emb_dead_letter_list {
  std::vector<embeddables::DeadLetter> items;
};
struct emb_process_list {
  std::vector<embeddables::ProcessStatus> items;
};

using embeddables::Agent;
using embeddables::Config;
using embeddables::DeadLetter;
using embeddables::Inspection;
using embeddables::Status;
using embeddables::StatusCode;
using std::chrono::milliseconds;
// NOLINTNEXTLINE(google-build-using-namespace): the room's own; the functions here are outside it
using namespace embeddables::c;

namespace {

std::size_t Limit(std::uint64_t limit) {
  return static_cast<std::size_t>(
      std::min<std::uint64_t>(limit, std::numeric_limits<std::ptrdiff_t>::max()));
}

template <class List, class Item>
Status HandOut(std::vector<Item> items, List** list) {
  *list = new (std::nothrow) List;
  if (*list == nullptr) return Status(StatusCode::kOutOfMemory, "no memory for the list");
  (*list)->items = std::move(items);
  return Status();
}

template <class List, class Out, class Convert>
Status Get(const List* list, std::uint64_t index, Out* out, Convert convert) {
  if (list == nullptr) return IsNull("list");
  const Status status = CheckOut(out, "out");
  if (!status.ok()) return status;
  if (index >= list->items.size()) {
    return Status(StatusCode::kNotFound,
                  "the list has " + std::to_string(list->items.size()) + " items, counted from 0");
  }
  Write(convert(list->items[static_cast<std::size_t>(index)]), out);
  return Status();
}

}  // namespace

uint64_t emb_dead_letter_list_size(const emb_dead_letter_list* list) {
  return list == nullptr ? 0 : list->items.size();
}

uint64_t emb_process_list_size(const emb_process_list* list) {
  return list == nullptr ? 0 : list->items.size();
}

int32_t emb_dead_letter_list_get(const emb_dead_letter_list* list, uint64_t index,
                                 emb_dead_letter* out, emb_status* status) {
  return Tried(status, [&] { return Get(list, index, out, FromDeadLetter); });
}

int32_t emb_process_list_get(const emb_process_list* list, uint64_t index, emb_process_status* out,
                             emb_status* status) {
  return Tried(status, [&] { return Get(list, index, out, FromProcessStatus); });
}

void emb_dead_letter_list_free(emb_dead_letter_list* list) { delete list; }
void emb_process_list_free(emb_process_list* list) { delete list; }

int32_t emb_dead_letters(emb_agent* agent, emb_dead_letter_list** list, uint64_t limit,
                         int64_t after, int64_t timeout_ms, emb_status* status) {
  return TriedOn(agent, status, [&](Agent& on) {
    if (list == nullptr) return IsNull("list");
    *list = nullptr;
    std::vector<DeadLetter> letters;
    const Status done = on.DeadLetters(&letters, Limit(limit), after, milliseconds(timeout_ms));
    return done.ok() ? HandOut(std::move(letters), list) : done;
  });
}

int32_t emb_inspect(const char* store_path, emb_inspection* out, emb_process_list** processes,
                    emb_status* status) {
  return emb_inspect_n(store_path, EMB_TERMINATED, out, processes, status);
}

int32_t emb_inspect_n(const char* store_path, uint64_t store_path_size, emb_inspection* out,
                      emb_process_list** processes, emb_status* status) {
  return Tried(status, [&] {
    std::string_view path;
    Inspection inspection;
    if (processes != nullptr) *processes = nullptr;
    Status done = CheckOut(out, "out");
    if (done.ok()) done = ToText(store_path, store_path_size, "store_path", &path);
    if (done.ok()) done = Agent::Inspect(path, &inspection);
    if (!done.ok()) return done;
    if (processes != nullptr) done = HandOut(std::move(inspection.processes), processes);
    if (done.ok()) Write(FromInspection(inspection), out);
    return done;
  });
}

int32_t emb_inspect_dead_letters(const emb_config* config, emb_dead_letter_list** list,
                                 uint64_t limit, int64_t after, emb_status* status) {
  return Tried(status, [&] {
    if (list == nullptr) return IsNull("list");
    *list = nullptr;
    Config copy;
    std::vector<DeadLetter> letters;
    Status done = ToConfig(config, &copy);
    if (done.ok()) done = Agent::InspectDeadLetters(copy, &letters, Limit(limit), after);
    return done.ok() ? HandOut(std::move(letters), list) : done;
  });
}

int32_t emb_store_path(const emb_config* config, char* path, uint64_t capacity, uint64_t* size,
                       emb_status* status) {
  return Tried(status, [&] {
    Config copy;
    std::string found;
    if (size != nullptr) *size = 0;
    Status done = ToConfig(config, &copy);
    if (done.ok()) done = Agent::StorePath(copy, &found);
    if (!done.ok()) return done;
    if (size != nullptr) *size = found.size();
    if (path == nullptr) return IsNull("path");
    if (found.size() >= capacity) {
      return Status(StatusCode::kInvalidArgument,
                    "the store's path needs a capacity of " + std::to_string(found.size() + 1));
    }
    std::memcpy(path, found.c_str(), found.size() + 1);
    return done;
  });
}
