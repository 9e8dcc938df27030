// The store's bounds, and what people may do to its contents.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "agent/store/store.h"
#include "agent/store/store_files.h"
#include "platform/process_lock.h"

namespace embeddables {
namespace {

constexpr std::uint64_t kPageBytes = 4096;
constexpr std::uint64_t kEvictAtOnce = 16;
// Of what is there already, with one transaction.
constexpr std::uint64_t kEvictAtMost = 1000;
// One event of some kilobytes needs no more.
constexpr std::uint64_t kSmall = 10 * kPageBytes;
constexpr int kExpireAtOnce = 500;
// Counting so many rows takes milliseconds.
constexpr std::uint64_t kAuditable = 10'000;

std::int64_t Ms(std::chrono::hours hours) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(hours).count();
}

}  // namespace

std::uint64_t Store::WalLimit() const {
  return std::clamp<std::uint64_t>(config_.max_store_bytes / 4, 32 * kPageBytes, 1024 * kPageBytes);
}

// Beside the log, which may be twice as long for a while, and the reserve.
std::uint64_t Store::BytesForRows() const {
  return config_.max_store_bytes - 2 * WalLimit() - StoreReserve::kBytes;
}

bool Store::Pages(Statement* count, std::uint64_t* pages) {
  if (!count->Next()) return false;
  *pages = static_cast<std::uint64_t>(count->Int(0));
  count->Reset();
  return true;
}

bool Store::UsedBytes(std::uint64_t* bytes) {
  std::uint64_t pages = 0, free = 0;
  if (!Pages(&page_count_, &pages) || !Pages(&freelist_count_, &free)) return false;
  *bytes = (pages - free) * kPageBytes;
  return true;
}

std::uint64_t Store::FileBytes() {
  return (is_open() ? pages_ * kPageBytes : files_.Size(path_)) + db_.WalBytes() + reserve_.bytes();
}

// What may still be taken of the disk: not what others are to find free (min_free_bytes), nor what
// is in the log already and goes into the file with the next checkpoint, nor the reserve's place.
bool Store::SpareBytes(std::uint64_t* bytes) {
  *bytes = UINT64_MAX;
  if (path_ == ":memory:") return true;
  std::uint64_t pages = 0;
  if (!Pages(&page_count_, &pages)) return false;
  const std::uint64_t file = files_.Size(path_);
  const std::uint64_t promised = pages * kPageBytes > file ? pages * kPageBytes - file : 0;
  const std::uint64_t free = files_.FreeBytes(path_);
  const std::uint64_t kept = config_.min_free_bytes + promised + reserve_.missing();
  *bytes = free > kept ? free - kept : 0;
  return true;
}

// How much of the log is written over before it grows.
std::uint64_t Store::ReusableLog() {
  Statement checkpoint;
  if (!checkpoint.Prepare(&db_, "PRAGMA wal_checkpoint(PASSIVE)") || !checkpoint.Next()) return 0;
  const bool all = checkpoint.Int(0) == 0 && checkpoint.Int(1) == checkpoint.Int(2);
  return all ? db_.WalBytes() : 0;
}

// A disk that is nearly full, at the beginning of a transaction: old rows go for new, and the log
// is written over from its start. False: there is not even room for that.
bool Store::MakeRoomOnDisk(std::uint64_t need) {
  std::uint64_t spare = 0;
  if (!SpareBytes(&spare)) return false;
  if (spare >= 2 * need) return true;
  if (!db_.Execute("COMMIT")) return false;
  const std::uint64_t reusable = ReusableLog();
  if (!BeginAgain() || !SpareBytes(&spare)) return false;
  const std::uint64_t log = need > reusable ? need - reusable : 0;
  if (!LogMayGrow(log, spare)) {
    return LacksRoom("the disk is full, but for what min_free_bytes leaves to others; make room");
  }
  const std::uint64_t grows = spare > log ? spare - log : 0;
  if (need <= kSmall) return Pages(&page_count_, &full_.pages);
  for (;;) {
    std::uint64_t free = 0;
    if (!Pages(&freelist_count_, &free)) return false;
    if (free * kPageBytes + grows >= need) return true;
    std::uint64_t evicted = 0;
    if (!Evict(kEvictAtOnce, DropReason::kByteBound, &evicted)) return false;
    if (evicted == 0) return LacksRoom("the disk is full; make room");
  }
}

// Where the reserve was, if nothing else is free. It stays while that is only left to others.
bool Store::LogMayGrow(std::uint64_t by, std::uint64_t spare) {
  if (by <= spare) return true;
  if (by > reserve_.PlaceForLog(db_.WalBytes())) return false;
  return !reserve_.held() || (by > files_.FreeBytes(path_) && reserve_.Give());
}

// What is in the log goes into the file some day: what others leave of the disk until then must not
// decide whether it can. Nothing where the file grows no more.
bool Store::HoldPlace() {
  if (pages_ <= placed_pages_) return true;
  if (!db_.HoldPlace(pages_ * kPageBytes)) return LacksRoom("the disk is full; make room");
  placed_pages_ = pages_;
  return true;
}

bool Store::LacksRoom(const char* why) {
  full_.lacks_room = true;
  return Refuse(why);
}

// A little may fit into the pages that are there.
bool Store::HasRoom() {
  std::uint64_t pages = 0;
  if (full_.pages == 0) return true;
  if (!Pages(&page_count_, &pages)) return false;
  return pages <= full_.pages || LacksRoom("the disk is full; make room");
}

// SQLite was told that the disk is full, and no transaction is under way. A log that is written
// back whole is written over from its start. Where that did not help (it is short, or somebody
// still reads it), it may grow where the reserve was.
void Store::FindRoom() {
  db_.TakeFull();
  if (!full_.log_emptied && may_checkpoint_) {
    full_.log_emptied = true;
    if (ReusableLog() > 0) return;
  }
  reserve_.Give();
}

// Before rows go in, old ones go out, so that their pages are used again: the files never shrink,
// and must never pass the bound. False also when a reader of another process keeps the write-ahead
// log from being emptied: then nothing can be stored within the bound.
bool Store::MakeRoom(std::size_t incoming_bytes) {
  const std::uint64_t need = incoming_bytes + incoming_bytes / 4 + 8 * kPageBytes;
  // What is evicted is written to the log, too. A short one is let grow, however much is to come:
  // most of what may come does not.
  const std::uint64_t log = db_.WalBytes();
  if (log > WalLimit() / 2 && log + 2 * need > 2 * WalLimit()) {
    if (!may_checkpoint_) return AwaitCheckpoint();
    db_.Execute("COMMIT");
    Checkpoint();
    if (db_.WalBytes() > 2 * WalLimit()) {
      return Refuse("another program's reading keeps the write-ahead log from being emptied");
    }
    if (!BeginAgain()) return false;
  }
  log_full_since_ = -1;
  if (!MakeRoomOnDisk(need)) return false;
  const std::uint64_t for_rows = BytesForRows();
  for (std::uint64_t all = 0;;) {
    std::uint64_t used = 0, free = 0, evicted = 0;
    if (!UsedBytes(&used) || !Pages(&freelist_count_, &free)) return false;
    if (used + need <= for_rows) return true;
    // The bound is lower than it was: what is more goes with the transactions to come.
    if (all >= kEvictAtMost && free * kPageBytes >= need) return true;
    if (!Evict(kEvictAtOnce, DropReason::kByteBound, &evicted)) return false;
    if (evicted == 0) {
      return used + need <= config_.max_store_bytes - StoreReserve::kBytes ||
             Refuse("max_store_bytes is reached by events that are being sent; raise it");
    }
    all += evicted;
  }
}

bool Store::EnforceRows() {
  const std::uint64_t pending = ledger_.pending + delta_.accepted - delta_.delivered -
                                delta_.rejected - delta_.dropped_total();
  if (pending <= config_.max_events) return true;
  // What this transaction adds, and some more if the bound is lower than it was.
  const std::uint64_t added = pending > ledger_.pending ? pending - ledger_.pending : 0;
  std::uint64_t evicted = 0;
  return Evict(std::min(pending - config_.max_events, added + kEvictAtMost), DropReason::kRowBound,
               &evicted);
}

bool Store::Evict(std::uint64_t count, DropReason reason, std::uint64_t* evicted) {
  for (Statement* lowest : {&evict_low_, &evict_normal_, &evict_critical_}) {
    if (*evicted >= count) break;
    if (!lowest->Bind(count - *evicted).Run()) return false;
    *evicted += static_cast<std::uint64_t>(sqlite3_changes(db_.get()));
  }
  Drop(reason, *evicted);
  return true;
}

// Of the file, as this transaction makes it.
void Store::ReadPages() {
  if (!Pages(&page_count_, &pages_) || !UsedBytes(&used_bytes_)) used_bytes_ = pages_ * kPageBytes;
}

void Store::LookAtBounds() {
  const bool rows = ledger_.pending >= config_.max_events / 5 * 4;
  const std::uint64_t for_rows = BytesForRows();
  near_bound_ = rows || used_bytes_ >= for_rows / 5 * 4;
}

bool Store::ExpireSome(bool* more) {
  bool walking = false;
  std::uint64_t aged = 0;
  // Refreshed, because what it counts must be what other processes have counted by now.
  const bool done = Begin(false) && Refresh() && EnforceRows() && ExpireAged(&aged) &&
                    SweepSome(&walking) && (aged > 0 || walking || Audit());
  // A step that only looked writes nothing.
  const bool looked = walking && delta_.dropped_total() == 0;
  if (!done || !(looked ? commit_.Run() : Commit())) {
    Rollback();
    sweep_.oldest.clear();
    return false;
  }
  *more = aged > 0 || walking || ledger_.pending > config_.max_events;
  return true;
}

bool Store::ExpireAged(std::uint64_t* aged) {
  if (!db_.Execute("DELETE FROM event WHERE id IN (SELECT id FROM (SELECT id,born FROM event"
                   " ORDER BY id LIMIT ?1) WHERE born<?2 AND NOT claimed(id))",
                   {kExpireAtOnce, AgeNow() - Ms(config_.max_age)})) {
    return false;
  }
  *aged = static_cast<std::uint64_t>(sqlite3_changes(db_.get()));
  Drop(DropReason::kAge, *aged);
  return true;
}

// Damage need not look like it: a page that reads well may have lost rows, or who they belong to.
bool Store::Audit() {
  const std::uint64_t pending = ledger_.pending + delta_.accepted - delta_.delivered -
                                delta_.rejected - delta_.dropped_total();
  if (pending > kAuditable) return true;
  if (!db_.Execute("DELETE FROM event WHERE identity NOT IN (SELECT id FROM identity)")) {
    return false;
  }
  std::int64_t counted = 0;
  if (!db_.Ask("SELECT COUNT(*) FROM event", &counted)) return false;
  const auto rows = static_cast<std::uint64_t>(counted);
  if (rows < pending) Drop(DropReason::kDamaged, pending - rows);
  if (rows > pending) delta_.accepted += rows - pending;
  return true;
}

bool Store::DropVolatile(DropReason reason) {
  if (volatile_pending_ == 0) return true;
  if (!Begin(false) || !db_.Execute("DELETE FROM volatile_event")) {
    Rollback();
    return false;
  }
  delta_.accepted += static_cast<std::uint64_t>(volatile_pending_);
  Drop(reason, static_cast<std::uint64_t>(volatile_pending_));
  if (!Commit()) {
    Rollback();
    return false;
  }
  volatile_pending_ = 0;
  return true;
}

bool Store::ListDeadLetters(std::size_t limit, std::int64_t after, std::vector<DeadLetter>* letters,
                            std::vector<StoredEvent>* events) {
  Statement list;
  if (!list.Prepare(&db_,
                    "SELECT id,key,value,status,message,record FROM dead_letter WHERE id>?1"
                    " ORDER BY id LIMIT ?2")) {
    return false;
  }
  list.Bind(after, static_cast<std::int64_t>(limit));
  while (list.Next()) {
    DeadLetter letter;
    letter.id = list.Int(0);
    letter.http_status = static_cast<int>(list.Int(3));
    letter.message = std::string(list.Bytes(4));
    StoredEvent event;
    event.identifier_key = std::string(list.Bytes(1));
    event.identifier_json = std::string(list.Bytes(2));
    event.record = std::string(list.Bytes(5));
    letters->push_back(std::move(letter));
    events->push_back(std::move(event));
  }
  return !list.failed();
}

// Its age is what ties an event to the boot that it was tracked in, so it is kept, unless too
// little of max_age would be left to try it again.
bool Store::Requeue(std::int64_t id, std::uint64_t* count) {
  const std::int64_t now = AgeNow();
  const bool done =
      Begin(true) &&
      db_.Execute(
          "INSERT INTO identity(key,value) SELECT DISTINCT key,value FROM dead_letter d"
          " WHERE (?1=0 OR d.id=?1) AND NOT EXISTS(SELECT 1 FROM identity i WHERE"
          " i.key=d.key AND i.value=d.value)",
          {id}) &&
      db_.Execute(
          "INSERT INTO event(identity,priority,born,record) SELECT (SELECT i.id FROM"
          " identity i WHERE i.key=d.key AND i.value=d.value), d.priority,"
          " CASE WHEN d.born<?2 THEN ?3 ELSE d.born END, d.record FROM dead_letter d"
          " WHERE ?1=0 OR d.id=?1 ORDER BY d.id",
          {id, now - Ms(config_.max_age) / 2, now});
  const auto moved = done ? static_cast<std::uint64_t>(sqlite3_changes(db_.get())) : 0;
  delta_.rejected -= moved;
  if (!done || !db_.Execute("DELETE FROM dead_letter WHERE ?1=0 OR id=?1", {id}) ||
      !EnforceRows() || !Commit()) {
    Rollback();
    return false;
  }
  *count = moved;
  dead_letters_ -= std::min(dead_letters_, moved);
  return true;
}

bool Store::Purge(DropReason reason, std::uint64_t never_stored, PurgeResult* result,
                  const IntakePosition& absorbed) {
  if ((salvaging_ && !Salvage()) || !Begin(true) || !Refresh()) {
    Rollback();
    return false;
  }
  const std::uint64_t stored = ledger_.pending;
  const std::uint64_t in_memory = never_stored + static_cast<std::uint64_t>(volatile_pending_);
  delta_.accepted += in_memory;
  Drop(reason, in_memory + stored);
  if (!db_.Execute("DELETE FROM event; DELETE FROM dead_letter; DELETE FROM identity;"
                   "DELETE FROM volatile_event") ||
      !Remember(absorbed) || !EraseIntakePersons() || !SetMeta("purges", purges_ + 1) ||
      !Commit()) {
    Rollback();
    return false;
  }
  ++purges_;
  result->in_memory += in_memory;
  result->stored += stored;
  result->dead_letters += dead_letters_;
  volatile_pending_ = 0;
  dead_letters_ = 0;
  next_hold_ = -1;
  person_.row = 0;
  claimed_.clear();
  probing_.clear();
  near_bound_ = false;
  return true;
}

bool Store::DropUnstored(DropReason reason, std::uint64_t count, const IntakePosition& absorbed) {
  if (Begin(false)) {
    delta_.accepted += count;
    Drop(reason, count);
    if (Remember(absorbed) && Commit()) return true;
  }
  Rollback();
  return false;
}

bool Store::EraseTraces() {
  const StoreFiles files(path_, files_);
  if (path_ != ":memory:" && files.HaveSetAside()) {
    ProcessLock repair;
    if (!repair.TryAcquire(files.lock_path(), path_) || !files.EraseSetAside()) return false;
  }
  if (!db_.Execute("VACUUM")) {
    lockout_.Tried(db_.locked(), clock_.BootMs());
    // Whoever erases may checkpoint, the sender or not.
    if (db_.TakeFull()) {
      ReusableLog();
      reserve_.Give();
    }
    return false;
  }
  if (db_.Query("PRAGMA wal_checkpoint(TRUNCATE)", 1) != 0) return false;
  ReadPages();
  placed_pages_ = 0;
  if (!erase_wanted_) return true;
  if (!Begin(true) || !SetMeta("erase", 0) || !Commit()) {
    Rollback();
    return false;
  }
  erase_wanted_ = false;
  return true;
}

}  // namespace embeddables
