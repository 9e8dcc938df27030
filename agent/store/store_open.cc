// The store's opening and closing: the owners learn of the file that was opened, and let go of it.

#include <sqlite3.h>

#include <cstdint>
#include <string>

#include "agent/store/store.h"
#include "agent/store/store_schema.h"

namespace embeddables {
namespace {

constexpr int kLookAgainMs = 20;

}  // namespace

Status Store::Open(const std::string& path, int wait_ms) {
  place_.StandAt(path);
  space_.reserve().StandBeside(path);
  for (int waited = 0;; waited += kLookAgainMs) {
    const Status status = OpenOnce();
    if (status.ok() || !opening_.held() || waited >= wait_ms) return status;
    sqlite3_sleep(kLookAgainMs);
  }
}

Status Store::OpenOnce() {
  opening_.Begin();
  transactions_.OpenedAnew();
  const Status status = place_.in_memory() ? Prepare(nullptr) : OpenWithReserve();
  if (status.ok()) {
    shared_.OpenedWell();
    if (!owes()) transactions_.lockout().LetGo();
    return status;
  }
  failure_.Tell(status.message());
  transactions_.MetLock(opening_.NoteHeld());
  Close();
  return status;
}

// A disk without room for the log and its index has it where the reserve was.
Status Store::OpenWithReserve() {
  StoreReserve& reserve = space_.reserve();
  Status status = OpenFile();
  if (!status.ok() && (db_.full() || reserve.IsWanted())) {
    Close();
    if (reserve.Give()) status = OpenFile();
  }
  if (status.ok()) space_.MakeReserve();
  return status;
}

// Damage that is found here, or was found since the file was opened last, sets the group of files
// aside; a fresh one takes its place and takes over what of it can be read.
Status Store::OpenFile() {
  ProcessLock repair;
  Status status = opening_.MakeReady(&repair);
  if (!status.ok()) return status;
  status = Prepare(&repair);
  if (!status.ok() && db_.damaged()) {
    const Status locked = opening_.TakeLock(&repair);
    if (!locked.ok()) return locked;
    Close();
    status = opening_.SetAsideDamaged();
    if (status.ok()) status = Prepare(&repair);
  }
  if (status.ok() && repair.held()) damage_.SalvageAll();
  return status;
}

Status Store::Prepare(ProcessLock* repair) {
  Status status = opening_.OpenDatabase(repair);
  if (!status.ok()) return status;
  if (!MakeReady()) return opening_.Unprepared();
  status = opening_.AdoptFacts();
  if (!status.ok()) return status;
  if (!facts_.FindBoot() || !shared_.Load() || !intakes_.LoadStoreId() || !ledger_.AddsUp()) {
    return opening_.Unprepared();
  }
  if (facts_.owes_boot() && !PayOwed() && !lockout().on()) return opening_.NotWritten();
  place_.NoteLog();
  space_.pages().Read();
  bounds_.Look();
  return Status();
}

bool Store::MakeReady() {
  const std::string limits =
      "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-128; PRAGMA journal_size_limit=" +
      std::to_string(space_.log().limit());
  if (!db_.Execute("PRAGMA journal_mode=WAL") || !db_.Execute(limits) ||
      !BringUpToDate(&db_, kSchemaSteps)) {
    return false;
  }
  space_.log().Watch();
  return PrepareStatements() && volatile_events_.PutBack();
}

// Statements name the functions and the table that come first.
bool Store::PrepareStatements() {
  return claims_.DefineClaimed() && people_.DefineProbed() && MakeVolatileTable(&db_) &&
         inbox_.Prepare() && volatile_events_.Prepare() && people_.Prepare() && outbox_.Prepare() &&
         letters_.Prepare() && ledger_.Prepare() && transactions_.Prepare() && shared_.Prepare() &&
         space_.pages().Prepare() && facts_.Prepare() && intakes_.Prepare() && bounds_.Prepare();
}

// Statements belong to the connection; they end with fresh ones in their place.
void Store::FinalizeStatements() {
  inbox_.Finalize();
  volatile_events_.Finalize();
  people_.Finalize();
  outbox_.Finalize();
  letters_.Finalize();
  ledger_.Finalize();
  transactions_.Finalize();
  shared_.Finalize();
  space_.pages().Finalize();
  facts_.Finalize();
  intakes_.Finalize();
  bounds_.Finalize();
}

void Store::Close() {
  volatile_events_.Keep();
  FinalizeStatements();
  if (db_.damaged() || place_.gone()) {
    db_.Abandon();
  } else {
    db_.Close();
    space_.reserve().TakeBack();
  }
}

// SQLite forbids it to close a connection in a child: that would empty the log under the parent's
// feet. Without the checkpoint, and between two transactions, closing only frees memory, and undoes
// SQLite's belief that this process holds the parent's locks.
void Store::CloseInherited() {
  FinalizeStatements();
  db_.Abandon();
}

Status Store::Repair() {
  // What is only in a log that nobody else can find goes into the file.
  const bool log_gone = place_.trouble() == Trouble::kLogGone;
  if (log_gone && db_.Query("PRAGMA wal_checkpoint(TRUNCATE)", 1) != 0) {
    failure_.Tell(db_.message());
    return opening_.Unusable("the store's log was removed, and is not written back yet", message());
  }
  // A file that has lost its name as well would be lost with this connection, which is not closed.
  if (log_gone && !place_.Look() && place_.trouble() == Trouble::kMoved) {
    return opening_.Unusable("the file was removed or replaced", "");
  }
  if (!volatile_events_.Keep()) {
    failure_.Tell(db_.message());
    return opening_.NoMemory();
  }
  if (db_.damaged()) opening_.Suspect();
  Close();
  people_.current().FoundRow(0);
  shared_.Forget();
  claims_.Forget();
  outbox_.Forget();
  const Status status = Open(place_.path());
  if (!status.ok()) failure_.Tell(status.message());
  return status;
}

}  // namespace embeddables
