#include "agent/store/opening.h"

#include <sqlite3.h>

#include <algorithm>

#include "agent/store/store_schema.h"

namespace embeddables {
namespace {

constexpr int kLookAgainMs = 20;
constexpr int kLookedAtMs = 60;  // a look takes a few

constexpr char kNotWrittenBack[] = "the store's log was removed, and is not written back yet";

}  // namespace

Opening::Opening(const Owners& owners, const Salvager::Fresh& fresh)
    : owners_(owners),
      damage_(fresh, &owners.shared, &owners.claims),
      opener_(&owners.place, &owners.db, &owners.failure, &damage_) {}

Status Opening::Open(const std::string& path, int wait_ms) {
  owners_.place.StandAt(path);
  owners_.space.reserve().StandBeside(path);
  for (int waited = 0;; waited += kLookAgainMs) {
    const Status status = OpenOnce(waited >= std::max(wait_ms, kLookedAtMs));
    const int most = looked_at_ ? std::max(wait_ms, kLookedAtMs) : wait_ms;
    if ((status.ok() || !opener_.held()) && !looked_at_) return status;
    if (waited >= most) {
      // The agents that were asked had their time: another program has the file open.
      if (wait_ms > 0 && opener_.condemned()) owners_.transactions.lockout().LetGo();
      return status;
    }
    sqlite3_sleep(kLookAgainMs);
  }
}

// After `last`, what cannot be written may be opened: the store is repaired when it is to be
// written.
Status Opening::OpenOnce(bool last) {
  opener_.Begin();
  owners_.transactions.OpenedAnew();
  Status status = owners_.place.in_memory() ? Prepare(nullptr) : OpenWithReserve();
  const bool held = !status.ok() && opener_.NoteHeld();
  looked_at_ = !last && CannotWrite();
  if (status.ok() && !looked_at_) {
    Name();
    owners_.shared.OpenedWell();
    if (!owners_.facts.owes()) owners_.transactions.lockout().LetGo();
    return status;
  }
  if (status.ok()) status = opener_.Unusable("the store cannot be written while it is looked at");
  owners_.failure.Tell(status.message());
  owners_.transactions.MetLock(held);
  Close();
  return status;
}

// SQLite has one index of a log for all connections of a process. If Agent::Inspect came first, it
// is mapped for reading only, for as long as one of these connections lives.
bool Opening::CannotWrite() {
  if (!owners_.db.is_open() || owners_.db.read_only()) return false;
  const bool begun = owners_.db.Execute("BEGIN IMMEDIATE");
  if (!begun) return owners_.db.unwritable();
  // Without memory it may stay in the transaction, until it is closed.
  owners_.db.Execute("ROLLBACK");
  return owners_.db.in_transaction();
}

// On a disk without room for the log and its index, the reserve's place is enough.
Status Opening::OpenWithReserve() {
  StoreReserve& reserve = owners_.space.reserve();
  Status status = OpenFile();
  if (!status.ok() && (owners_.db.full() || reserve.IsWanted())) {
    Close();
    if (reserve.Give()) status = OpenFile();
  }
  return status;
}

// The host's word comes last, and what is dropped for it is dropped after Open: the host must be
// told before.
void Opening::Name() {
  owners_.settings.Name();
  owners_.space.log().KeepLimit();
  owners_.bounds.Look();
  if (!owners_.place.in_memory()) owners_.space.MakeReserve();
}

Status Opening::OpenFile() {
  ProcessLock repair;
  Status status = opener_.MakeReady(&repair);
  if (!status.ok()) return status;
  status = Prepare(&repair);
  if (!status.ok() && owners_.db.damaged()) {
    const Status locked = opener_.TakeLock(&repair);
    if (!locked.ok()) return locked;
    Close();
    status = opener_.SetAsideDamaged();
    if (status.ok()) status = Prepare(&repair);
  }
  if (status.ok() && repair.held()) damage_.SalvageAll();
  return status;
}

Status Opening::Prepare(ProcessLock* repair) {
  Status status = opener_.OpenDatabase(repair);
  if (!status.ok()) return status;
  if (!MakeReady()) return opener_.Unprepared();
  status = opener_.AdoptFacts();
  if (!status.ok()) return status;
  if (!owners_.facts.FindBoot() || !owners_.shared.Load() ||
      !owners_.settings.TakeStock(owners_.age) || !owners_.inbox.intakes().LoadStoreId() ||
      !owners_.ledger.AddsUp()) {
    return opener_.Unprepared();
  }
  if (owners_.facts.owes_boot() && !owners_.transactions.PayOwed() &&
      !owners_.transactions.lockout().on()) {
    return opener_.NotWritten();
  }
  owners_.place.NoteLog();
  owners_.space.pages().Read();
  owners_.bounds.Look();
  return Status();
}

bool Opening::MakeReady() {
  KeepFirstPageFromJournal();
  // cache_spill: what is written before the commit would be so before its look at the place. In a
  // transaction of up to 2 MiB nothing is.
  // fullfsync: macOS leaves what fsync wrote in the drive's cache; other systems take no notice.
  if (!owners_.db.Execute("PRAGMA journal_mode=WAL") ||
      !owners_.db.Execute(
          "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-128; PRAGMA cache_spill=512;"
          "PRAGMA fullfsync=1") ||
      !BringUpToDate(&owners_.db, kSchemaSteps)) {
    return false;
  }
  owners_.space.log().Watch();
  return PrepareStatements() && owners_.volatile_events.PutBack();
}

// A fresh file's first page needs no journal. Another process may just have opened the damaged file
// that was here before: it would find the journal by its name, take it for that file's, and roll
// that file back to nothing.
void Opening::KeepFirstPageFromJournal() {
  const StorePlace& place = owners_.place;
  if (place.in_memory() || place.files().Size(place.path()) != 0) return;
  owners_.db.Execute("PRAGMA journal_mode=MEMORY");
}

// The statements use the functions and the table that are made first.
bool Opening::PrepareStatements() {
  return owners_.claims.DefineClaimed() && owners_.people.DefineProbed() &&
         MakeVolatileTable(&owners_.db) && owners_.inbox.Prepare() &&
         owners_.volatile_events.Prepare() && owners_.people.Prepare() &&
         owners_.outbox.Prepare() && owners_.letters.Prepare() && owners_.ledger.Prepare() &&
         owners_.transactions.Prepare() && owners_.shared.Prepare() &&
         owners_.space.pages().Prepare() && owners_.facts.Prepare() && owners_.bounds.Prepare();
}

void Opening::Close() {
  owners_.volatile_events.Keep();
  // A checkpoint would change the log of a damaged file, and keep others waiting.
  if (owners_.db.damaged() || owners_.place.gone() || owners_.place.condemned()) {
    owners_.db.Abandon();
  } else {
    owners_.db.Close();
    owners_.space.reserve().TakeBack();
  }
}

// SQLite forbids closing a connection in a child: that would empty the log while the parent uses
// it. Without the checkpoint, and between two transactions, closing only frees memory, and undoes
// SQLite's belief that this process has the parent's locks.
void Opening::CloseInherited() { owners_.db.Abandon(); }

Status Opening::Repair() {
  const bool log_gone = owners_.transactions.trouble() == Trouble::kLogGone;
  if (log_gone && owners_.place.LogIsLost() &&
      owners_.db.Query("PRAGMA wal_checkpoint(TRUNCATE)", 1) != 0) {
    owners_.failure.Tell(kNotWrittenBack);
    return opener_.Unusable(kNotWrittenBack);
  }
  // If the file has lost its name as well, it would be lost with this connection, so that is not
  // closed.
  if (log_gone && !owners_.place.Look() && owners_.place.trouble() == Trouble::kMoved) {
    return opener_.Unusable("the file was removed or replaced", "");
  }
  if (!owners_.volatile_events.Keep()) {
    owners_.failure.Tell(owners_.db.message());
    return opener_.NoMemory();
  }
  if (owners_.db.damaged() || owners_.place.condemned()) opener_.Suspect();
  Close();
  owners_.people.current().FoundRow(0);
  owners_.shared.Forget();
  owners_.claims.Forget();
  owners_.outbox.Forget();
  const Status status = Open(owners_.place.path(), 0);
  if (!status.ok()) owners_.failure.Tell(status.message());
  return status;
}

// Two connections of a process to one file share the log's index. So that the file can be opened
// with the log that another process has begun, this one leaves it first.
bool Opening::LeavePath() {
  if (!owners_.place.log_is_others()) return owners_.place.Leave(&owners_.db);
  left_ = left_ || (owners_.volatile_events.Keep() && owners_.db.LeaveFiles() && MakeReady());
  return left_;
}

}  // namespace embeddables
