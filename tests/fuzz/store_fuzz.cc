// A store's file made of arbitrary bytes: refused with a Status, set aside, or used. Whatever is
// then read or written may fail, but returns; no row is handed out twice, and no byte of what was
// there is destroyed unless it was a store.

#include <sys/stat.h>

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <ios>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_set>
#include <utility>
#include <vector>

#include "agent/event/event.h"
#include "agent/store/store.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/sqlite_blocks.h"
#include "tests/support/fakes.h"
#include "tests/support/temp_dir.h"

namespace embeddables::fuzz {
namespace {

void Write(const std::string& path, const std::uint8_t* data, std::size_t size) {
  std::FILE* file = std::fopen(path.c_str(), "wb");
  Require(file != nullptr && std::fwrite(data, 1, size, file) == size && std::fclose(file) == 0,
          "the file can be written");
  Require(chmod(path.c_str(), 0600) == 0, "the file can be made private");
}

// From `offset` on; the file may have been filled up to a whole page.
bool Holds(const std::string& path, const std::uint8_t* data, std::size_t size,
           std::size_t offset = 0) {
  if (size <= offset) return true;
  std::ifstream in(path, std::ios::binary);
  std::string bytes(size, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(size));
  return in.gcount() == static_cast<std::streamsize>(size) &&
         std::memcmp(&bytes[offset], data + offset, size - offset) == 0;
}

std::string OneRecord() {
  const EventRules rules;
  const Prop prop("level", 3);
  std::size_t size = 0;
  MeasureEvent(rules, "level_complete", Props(&prop, 1), {}, &size);
  std::string bytes(size, '\0');
  EncodeEvent(rules, "level_complete", Props(&prop, 1), {}, EventStamp(), bytes.data());
  return bytes;
}

void AppendSome(Store* store) {
  static const std::string bytes = OneRecord();
  Record record;
  Require(DecodeRecord(bytes, &record), "our own record decodes");
  if (!store->inbox().Begin(bytes.size()) || !store->inbox().Identify("email", "\"a@b.c\"") ||
      !store->inbox().Append(record, bytes) || !store->inbox().Commit()) {
    store->inbox().Rollback();
  }
}

void SendSome(Store* store) {
  std::vector<StoredEvent> events;
  if (!store->outbox().Fetch(50, &events)) return;
  std::unordered_set<std::int64_t> seen;
  std::vector<Settlement> settlements;
  for (const StoredEvent& event : events) {
    Require(seen.insert(event.id).second, "no row is handed out twice");
    Record record;
    Settlement settlement;
    settlement.id = event.id;
    settlement.identity = event.identity;
    settlement.due = store->AgeNow() + 1000;
    settlement.message = "no";
    settlement.kind = DecodeRecord(event.record, &record)
                          ? static_cast<Settlement::Kind>(settlements.size() % 5)
                          : Settlement::Kind::kDamaged;
    settlements.push_back(settlement);
  }
  if (!store->outbox().Settle(settlements)) {
    for (const StoredEvent& event : events) store->outbox().Unclaim(event);
  }
}

void Use(Store* store, bool erase) {
  bool more = false;
  std::uint64_t count = 0;
  std::vector<DeadLetter> letters;
  std::vector<StoredEvent> events;
  PurgeResult purged;
  store->Refresh();
  store->ExpireSome(&more);
  for (int round = 0; round < 2; ++round) {
    AppendSome(store);
    SendSome(store);
  }
  store->outbox().NextDue();
  store->outbox().AnyUpTo(store->outbox().LastAppended());
  store->outbox().PendingAfter({});
  store->letters().List(10, 0, &letters, &events);
  store->Requeue(0, &count);
  store->space().FileBytes();
  const bool done = store->eraser().Purge(DropReason::kPurged, 0, &purged);
  if (done && erase) store->eraser().EraseTraces();
}

void One(const std::uint8_t* data, std::size_t size) {
  static const bool installed = (SqliteBlocks::Install(), true);
  Require(installed, "SQLite takes its memory from here");
  static const test::TempDir folder;
  const test::FakeClock clock;
  Config config;
  config.store_only = true;
  const std::string path = folder / "store.db";
  Write(path, data, size);
  Store store(config, clock);
  const Status status = store.Open(path);
  Require(status.ok() == (status.message()[0] == '\0'), "a refusal says why");
  const Damage damage = store.damage().Take();
  if (damage.found) {
    bool kept = false;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
      kept = kept || Holds(entry.path().string(), data, size, 4096);
    }
    // A salvage that cannot read the first page puts another in its place; after a denial nothing
    // may be kept.
    const bool denied = status.ok() && store.consent() == Consent::kDenied;
    Require(kept || denied, "a damaged file is set aside as it was");
  }
  const std::string_view words = status.message();
  if (words.find("another program") != words.npos || words.find("newer version") != words.npos) {
    Require(Holds(path, data, size), "a stranger's file is not touched");
  }
  // A VACUUM takes an eighth of a round, and finds the same tables in each.
  if (status.ok()) Use(&store, size % 4 == 0);
  store.Close();
  // Whatever stands beside it belongs to this input.
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    std::filesystem::remove_all(entry.path(), ignored);
  }
}

}  // namespace
}  // namespace embeddables::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  embeddables::fuzz::One(data, size);
  return 0;
}
