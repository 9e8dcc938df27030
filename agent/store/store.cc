// The store's common ground: transactions, the ledger, and where its file is.

#include "agent/store/store.h"

#include <algorithm>

#include "agent/store/store_files.h"

namespace embeddables {
namespace {

constexpr char kLocked[] = "another program has locked the store; it is waited for";

constexpr char kDiskFull[] = "the disk is full; what is stored is kept and sent; make room";

}  // namespace

bool Store::Refresh(bool file) {
  if (db_.full() && !db_.in_transaction()) FindRoom();
  if (!db_.is_open() || (file && !LookAtPlace())) return false;
  known_ = Learn();
  return known_;
}

bool Store::Learn() {
  if (!read_data_version_.Next()) return false;
  const std::int64_t version = read_data_version_.Int(0);
  read_data_version_.Reset();
  if (version == data_version_) return true;
  lockout_.LetGo();
  const std::uint64_t pending = ledger_.pending;
  const std::int64_t purges = purges_;
  const Consent consent = consent_;
  if ((owed_.boot && !FindBoot()) || !LoadState()) return false;
  ReadPages();
  placed_pages_ = 0;
  data_version_ = version;
  if (ledger_.pending > pending) news_.appended += ledger_.pending - pending;
  news_.purged = news_.purged || purges_ != purges;
  news_.denied = news_.denied || (consent_ == Consent::kDenied && consent != Consent::kDenied);
  return true;
}

News Store::TakeNews() {
  const News taken = news_;
  news_ = News();
  return taken;
}

Trouble Store::trouble() const {
  if (!db_.is_open() || cannot_write_) return Trouble::kClosed;
  if (db_.damaged()) return Trouble::kDamaged;
  if (!moved_) return log_gone_ ? Trouble::kLogGone : Trouble::kNone;
  // Who sets a file aside also takes over what is in it.
  const bool set_aside = StoreFiles(path_, files_).SetAsideAs(file_) == Presence::kThere;
  return set_aside ? Trouble::kDamaged : Trouble::kMoved;
}

bool Store::Refuse(const char* why) {
  message_ = refusal_ = why;
  return false;
}

// A system that does not say leaves things as they are.
bool Store::IsInPlace(const char* suffix, const FileId& file) const {
  if (file == FileId()) return true;
  FileFacts now;
  const Presence presence = files_.Find(path_ + suffix, &now);
  return presence == Presence::kUnknown || (presence == Presence::kThere && now.id == file);
}

// What is written into a file without a name ends with this process, so it is looked at inside each
// transaction: whoever takes the name away while it lasts waits for its end before reading. A
// system that does not say (no permission any more) leaves things as they are.
bool Store::LookAtPlace() {
  if (path_ == ":memory:") return true;
  moved_ = !IsInPlace("", file_);
  // A host that has changed its root: where the path leads now is not the store's place. What is
  // open goes on.
  if (moved_ && !(RootOfPaths() == root_)) {
    moved_ = log_gone_ = false;
    return true;
  }
  if (moved_) return Refuse("the file was removed or replaced");
  log_gone_ = !IsInPlace("-wal", log_) || !IsInPlace("-shm", index_);
  return !log_gone_ || Refuse("the file's log was removed or replaced");
}

bool Store::SetMeta(const char* key, std::int64_t value) {
  return set_meta_.Bind(std::string(key), value).Run();
}

bool Store::Begin(bool full) {
  refusal_ = nullptr;
  new_count_ = 0;
  full_.lacks_room = false;
  full_.pages = 0;
  delta_ = Ledger();
  person_before_ = person_;
  dead_letters_before_ = dead_letters_;
  volatile_before_ = volatile_pending_;
  person_.row = 0;
  // FULL survives a power cut. Without it only settling can be undone by one: a duplicate, no loss.
  if (!db_.SetSynchronous(full)) return false;
  const bool begun = begin_.Run();
  lockout_.Tried(!begun && Database::IsLock(begin_.code()), clock_.BootMs());
  // Rows of a file that has merely lost its name can still be settled before they move.
  return begun && (LookAtPlace() || (!full && trouble() == Trouble::kMoved)) &&
         (!owes() || WriteOwed());
}

bool Store::Commit() {
  const std::uint64_t* d = delta_.dropped;
  if (!add_to_ledger_
           .Bind(delta_.accepted, delta_.delivered, delta_.rejected, d[0], d[1], d[2], d[3], d[4],
                 d[5], d[6], d[7], d[8], AgeNow())
           .Run()) {
    return false;
  }
  // Read while the transaction lasts: afterwards that would be one of its own, with its locks.
  Ledger ledger;
  const bool read = ReadLedger(&ledger);
  ReadPages();
  if (!HoldPlace() || !commit_.Run()) return false;
  owed_ = {};
  for (std::size_t i = 0; i < kDropReasons; ++i) drops_.by_reason[i] += d[i];
  if (read) {
    ledger_ = ledger;
  } else {
    CountCommitted();
  }
  LookAtBounds();
  full_.log_emptied = false;
  reserve_.MakeAgain(clock_.BootMs(), config_.min_free_bytes);
  if (may_checkpoint_ && LogIsLong()) Checkpoint();
  return true;
}

void Store::CountCommitted() {
  ledger_.accepted += delta_.accepted;
  ledger_.delivered += delta_.delivered;
  ledger_.rejected += delta_.rejected;
  for (std::size_t i = 0; i < kDropReasons; ++i) ledger_.dropped[i] += delta_.dropped[i];
  ledger_.pending =
      ledger_.accepted - ledger_.delivered - ledger_.rejected - ledger_.dropped_total();
}

void Store::Rollback() {
  message_ = refusal_ != nullptr ? refusal_
             : lockout_.on()     ? kLocked
             : db_.full()        ? kDiskFull
                                 : db_.message();
  refusal_ = nullptr;
  // A file that was opened while the disk was read-only stays so, whatever becomes of the disk.
  cannot_write_ = cannot_write_ || db_.unwritable();
  if (db_.in_transaction()) db_.Execute("ROLLBACK");
  if (db_.full()) FindRoom();
  delta_ = Ledger();
  person_ = person_before_;
  dead_letters_ = dead_letters_before_;
  volatile_pending_ = volatile_before_;
}

void Store::Drop(DropReason reason, std::uint64_t count) {
  delta_.dropped[static_cast<std::size_t>(reason)] += count;
}

Ledger Store::ledger() const {
  Ledger all = ledger_;
  all.accepted += static_cast<std::uint64_t>(volatile_pending_);
  all.pending += static_cast<std::uint64_t>(volatile_pending_);
  return all;
}

DropTally Store::TakeDrops() {
  const DropTally taken = drops_;
  drops_ = DropTally();
  return taken;
}

void Store::IsClaimed(sqlite3_context* context, int, sqlite3_value** values) {
  const auto* store = static_cast<const Store*>(sqlite3_user_data(context));
  sqlite3_result_int(context, store->claimed_.count(sqlite3_value_int64(values[0])) != 0 ? 1 : 0);
}

void Store::IsProbed(sqlite3_context* context, int, sqlite3_value** values) {
  const auto* store = static_cast<const Store*>(sqlite3_user_data(context));
  sqlite3_result_int(context, store->probing_.count(sqlite3_value_int64(values[0])) != 0 ? 1 : 0);
}

}  // namespace embeddables
