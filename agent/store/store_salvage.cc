#include "agent/store/store_salvage.h"

#include <algorithm>
#include <cstddef>

#include "agent/event/event.h"
#include "agent/store/intakes.h"

namespace embeddables {
namespace {

constexpr std::size_t kSalvageAtOnce = 256 * 1024;
// Larger row numbers are damage.
constexpr std::int64_t kSaneNumber = std::int64_t{1} << 53;
// Row numbers go on from here if nobody can say how far they had come.
constexpr std::int64_t kFarRow = std::int64_t{1} << 32;

bool IsSane(std::int64_t value) { return value >= 0 && value <= kSaneNumber; }

bool Salvageable(const Statement& row) {
  Record record;
  return row.Int(2) >= 1 && row.Int(2) <= 3 && DecodeRecord(row.Bytes(7), &record) &&
         record.kind == RecordKind::kEvent;
}

}  // namespace

struct Salvager::Facts {
  bool ledger_readable = false;
  Ledger ledger;
  Consent consent = Consent::kUnknown;
  std::string boot_id, store_id;
  std::int64_t age_base = 0, last_seen = 0, hold_until = 0;
  Settings::Noted settings;
  std::int64_t last_event = kFarRow, last_identity = kFarRow, last_letter = kFarRow;
};

Salvager::Salvager(const Fresh& fresh, const std::string& name)
    : fresh_(fresh), old_(name, fresh.place.files(), &fresh.db) {}

// The keys of one group's salvage in `meta`. A key that was never written leaves *value as it is.
bool Salvager::Remembered(const char* what, std::int64_t* value) {
  const std::string sql = "SELECT ifnull((SELECT value FROM meta WHERE key='salvage_" +
                          old_.number() + "_" + what + "'),?1)";
  return fresh_.db.Ask(sql.c_str(), value, {*value});
}

bool Salvager::Remember(const char* what, std::int64_t value) {
  return fresh_.facts.Set("salvage_" + old_.number() + "_" + what, value);
}

// --- Facts.

bool Salvager::AdoptFacts() {
  std::int64_t row = -1;
  if (!Remembered("row", &row)) return false;
  if (row >= 0) return true;
  if (!old_.Open()) return false;
  Facts facts;
  if (old_.readable() && !ReadFacts(&facts)) return false;
  if (old_.lost()) ConsentIsLost(&facts);
  Database& db = fresh_.db;
  const bool written = db.Execute("PRAGMA synchronous=FULL") && db.Execute("BEGIN IMMEDIATE") &&
                       WriteFacts(facts) && db.Execute("COMMIT");
  if (!written && db.in_transaction()) db.Execute("ROLLBACK");
  return written;
}

// A fact that cannot be read counts as damaged. False: something else kept it from being read.
bool Salvager::ReadFacts(Facts* facts) {
  old_.database()->TakeHindered();
  ReadLedger(facts);
  std::int64_t consent = 0;
  old_.Ask("SELECT value FROM meta WHERE key='consent'", &consent);
  if (consent == 1 || consent == 2) facts->consent = static_cast<Consent>(consent);
  facts->age_base = AskSane("SELECT value FROM meta WHERE key='age_base'", 0);
  facts->hold_until = AskSane("SELECT value FROM meta WHERE key='hold_until'", 0);
  facts->last_seen = AskSane("SELECT last_seen FROM ledger WHERE id=1", 0);
  facts->boot_id = old_.AskText("SELECT value FROM meta WHERE key='boot_id'");
  facts->store_id = old_.AskText("SELECT value FROM meta WHERE key='store_id'");
  facts->last_event = LastRow("event");
  facts->last_identity = LastRow("identity");
  facts->last_letter = LastRow("dead_letter");
  AgeClock age = fresh_.age;
  age.Start({!facts->boot_id.empty() || facts->age_base > 0, facts->boot_id,
             AgeTime(facts->age_base), AgeTime(facts->last_seen)},
            true);
  if (!Settings::ReadDamaged(old_.database(), fresh_.place.files().Size(old_.name()), age,
                             &facts->settings)) {
    ConsentIsLost(facts);
  }
  return !old_.database()->TakeHindered();
}

// A process that has read the store before goes by what it knows. For all others somebody may have
// said no, or required consent.
void Salvager::ConsentIsLost(Facts* facts) const {
  if (fresh_.facts.purges() < 0) return Settings::Require(&facts->settings);
  if (fresh_.facts.consent() == Consent::kDenied) facts->consent = Consent::kDenied;
}

void Salvager::ReadLedger(Facts* facts) {
  LedgerCounts counts = {};
  facts->ledger_readable = true;
  for (std::size_t i = 0; i < kLedgerColumns; ++i) {
    const std::string sql =
        std::string("SELECT ") + kLedgerColumnNames[i] + " FROM ledger WHERE id=1";
    // Older files lack columns that were added later: nothing was counted in those.
    std::int64_t value = i < kFirstLedgerColumns ? -1 : 0;
    old_.Ask(sql.c_str(), &value);
    if (!IsSane(value)) facts->ledger_readable = false;
    counts[i] = static_cast<std::uint64_t>(value);
  }
  const Ledger ledger = ToLedger(counts);
  if (ledger.delivered + ledger.rejected + ledger.dropped_total() > ledger.accepted) {
    facts->ledger_readable = false;
  }
  if (facts->ledger_readable) facts->ledger = ledger;
}

std::int64_t Salvager::AskSane(const std::string& sql, std::int64_t otherwise) {
  std::int64_t value = otherwise;
  old_.Ask(sql.c_str(), &value);
  return IsSane(value) ? value : otherwise;
}

// The count is kept under the table's last name.
std::int64_t Salvager::LastRow(const std::string& table) {
  const std::int64_t come_to = AskSane(
      "SELECT ifnull((SELECT seq FROM sqlite_sequence WHERE name='" + table + "'),0)", kFarRow);
  if (old_.database()->damaged()) return come_to;
  return std::max(come_to, AskSane("SELECT ifnull(MAX(id),0) FROM " + table, 0));
}

bool Salvager::WriteFacts(const Facts& facts) {
  std::uint64_t letters = 0;
  std::int64_t seen = 0;
  if (!WriteClock(facts, &seen) || !WriteSequence("event", facts.last_event) ||
      !WriteSequence("identity", facts.last_identity) ||
      !WriteSequence("dead_letter", facts.last_letter) ||
      (old_.readable() && !(SalvageIdentities() && SalvageLetters(&letters) && SalvageIntakes()))) {
    return false;
  }
  Ledger settled = facts.ledger;
  if (!facts.ledger_readable) settled.rejected = letters;
  settled.accepted = settled.delivered + settled.rejected + settled.dropped_total();
  return fresh_.ledger.Add(settled, std::max(facts.last_seen, seen)) &&
         (facts.consent == Consent::kUnknown || fresh_.facts.WriteConsent(facts.consent)) &&
         Settings::Adopt(facts.settings, &fresh_.db) && Remember("row", 1) &&
         Remember("last", facts.last_event) && Remember("count", 0) &&
         Remember("pending", static_cast<std::int64_t>(settled.pending));
}

// The age clock is set only in a store that has counted nothing yet. *seen: the clock's own value.
bool Salvager::WriteClock(const Facts& facts, std::int64_t* seen) {
  std::int64_t accepted = 0;
  if (!fresh_.db.Ask("SELECT accepted FROM ledger", &accepted) ||
      !fresh_.db.Ask("SELECT last_seen FROM ledger", seen)) {
    return false;
  }
  if (accepted != 0) return true;
  if (facts.ledger_readable && !(fresh_.facts.Set("boot_id", facts.boot_id) &&
                                 fresh_.facts.Set("age_base", facts.age_base) &&
                                 fresh_.facts.Set("hold_until", facts.hold_until))) {
    return false;
  }
  // Intakes find the fresh store by the name of the old one.
  return !Intakes::IsStoreId(facts.store_id) || fresh_.facts.Set("store_id", facts.store_id);
}

// Row numbers go on from the damaged store's last one.
bool Salvager::WriteSequence(const char* table, std::int64_t last) {
  const std::string name = table;
  Statement raise, insert;
  return raise.Prepare(&fresh_.db, "UPDATE sqlite_sequence SET seq=max(seq,?2) WHERE name=?1") &&
         insert.Prepare(&fresh_.db,
                        "INSERT INTO sqlite_sequence(name,seq) SELECT ?1,?2 WHERE NOT EXISTS"
                        "(SELECT 1 FROM sqlite_sequence WHERE name=?1)") &&
         raise.Bind(name, last).Run() && insert.Bind(name, last).Run();
}

bool Salvager::SalvageIdentities() {
  Statement insert;
  bool taken = insert.Prepare(&fresh_.db,
                              "INSERT OR IGNORE INTO identity(id,key,value,open,born) VALUES(?1,"
                              "nullif(?2,''),nullif(?3,''),?4,?5)");
  RowWalker rows(old_.database(),
                 "SELECT id,key,value,open,born FROM identity WHERE id>=?1 ORDER BY id", 1,
                 kSaneNumber);
  while (taken && rows.Next()) {
    const Statement& row = rows.row();
    if (row.Bytes(1).empty() != row.Bytes(2).empty()) continue;
    taken =
        insert.Bind(rows.id(), row.Text(1), row.Text(2), row.Int(3) != 0 ? 1 : 0, row.Int(4)).Run();
  }
  return taken && !rows.stopped();
}

bool Salvager::SalvageLetters(std::uint64_t* letters) {
  Statement insert;
  bool taken = insert.Prepare(&fresh_.db,
                              "INSERT OR IGNORE INTO dead_letter(id,key,value,priority,born,status,"
                              "message,record) VALUES(?1,?2,?3,?4,?5,?6,?7,?8)");
  RowWalker rows(old_.database(),
                 "SELECT id,key,value,priority,born,status,message,record FROM dead_letter"
                 " WHERE id>=?1 ORDER BY id",
                 1, kSaneNumber);
  while (taken && rows.Next()) {
    const Statement& row = rows.row();
    Record record;
    if (row.Bytes(1).empty() || !DecodeRecord(row.Bytes(7), &record)) continue;
    taken = insert
                .Bind(rows.id(), row.Text(1), row.Text(2), row.Int(3), row.Int(4), row.Int(5),
                      row.Text(6), Statement::BlobView{row.Bytes(7)})
                .Run();
    ++*letters;
  }
  return taken && !rows.stopped();
}

// Keeps how far each intake was absorbed: its events must not come twice.
bool Salvager::SalvageIntakes() {
  Statement insert;
  bool taken = insert.Prepare(&fresh_.db,
                              "INSERT OR IGNORE INTO intake(id,absorbed,person,key,value)"
                              " VALUES(?1,?2,?3,?4,?5)");
  RowWalker rows(old_.database(),
                 "SELECT id,absorbed,person,key,value FROM intake WHERE id>=?1 ORDER BY id", 1,
                 kSaneNumber);
  while (taken && rows.Next()) {
    const Statement& row = rows.row();
    taken = insert.Bind(rows.id(), row.Int(1), row.Int(2), row.Text(3), row.Text(4)).Run();
  }
  return taken && !rows.stopped() && SalvagePlaces();
}

// The folders in which the intakes may be, if those can still be read.
bool Salvager::SalvagePlaces() {
  Statement read;
  bool taken = true;
  if (!read.Prepare(old_.database(),
                    "SELECT key FROM meta WHERE key GLOB 'memory_folder:*' LIMIT 16")) {
    return !old_.database()->TakeHindered();
  }
  while (taken && read.Next()) {
    taken = fresh_.facts.Set(read.Text(0), 0);
  }
  return taken;
}

// --- Events.

bool Salvager::SalvageEvents(Damage* damage) {
  std::int64_t done = 0, row = 1, last = kFarRow;
  if (!Remembered("done", &done) || !Remembered("row", &row) || !Remembered("last", &last)) {
    return false;
  }
  if (done == 0) {
    if (!old_.Open()) return false;
    bool more = true;
    if (!insert_.Prepare(&fresh_.db,
                         "INSERT OR IGNORE INTO event(id,identity,priority,born,due,attempts,"
                         "strikes,record) SELECT ?1,?2,?3,?4,?5,?6,?7,?8 WHERE EXISTS"
                         "(SELECT 1 FROM identity WHERE id=?2)")) {
      return false;
    }
    RowWalker rows(old_.database(),
                   "SELECT id,identity,priority,born,due,attempts,strikes,record FROM event"
                   " WHERE id>=?1 ORDER BY id",
                   row, old_.readable() ? last : 0);
    while (more) {
      if (!SalvageSome(&rows, &more, damage)) return false;
    }
  }
  return Finish(damage);
}

// Takes rows in one transaction; after the last row it also settles the account.
bool Salvager::SalvageSome(RowWalker* rows, bool* more, Damage* damage) {
  Transaction step(&fresh_.transactions);
  std::size_t bytes = 0;
  std::uint64_t count = 0;
  std::int64_t counted = 0, counted_on = 0;
  if (!fresh_.inbox.BeginRows(kSalvageAtOnce) || !Remembered("count", &counted) ||
      !Remembered("pending", &counted_on)) {
    return false;
  }
  const bool denied = fresh_.facts.consent() == Consent::kDenied;
  while (!denied && bytes < kSalvageAtOnce && rows->Next()) {
    bytes += rows->row().Bytes(7).size();
    if (!Salvageable(rows->row())) continue;
    if (!SalvageRow(rows->row(), rows->id())) return false;
    count += fresh_.db.changes();
  }
  if (rows->stopped()) return false;
  *more = bytes >= kSalvageAtOnce;
  const auto pending = static_cast<std::uint64_t>(counted_on);
  const std::uint64_t all = static_cast<std::uint64_t>(counted) + count;
  const std::uint64_t lost = !*more && pending > all ? pending - all : 0;
  fresh_.ledger.Accept(count + lost);
  fresh_.ledger.Drop(denied ? DropReason::kConsent : DropReason::kDamaged, lost);
  if (!Remember("row", rows->id() + 1) || !Remember("count", static_cast<std::int64_t>(all)) ||
      (!*more && !Remember("done", 1)) || !fresh_.bounds.EnforceRows() || !step.Commit()) {
    return false;
  }
  damage->salvaged += count;
  damage->lost += lost;
  return true;
}

bool Salvager::SalvageRow(const Statement& row, std::int64_t id) {
  // A wait with an impossible time would last for ever.
  const std::int64_t now = fresh_.age.Now().ms();
  const bool waits = row.Int(4) > 0 && row.Int(4) < now + fresh_.config.backoff_max.count();
  const std::int64_t due = row.Int(4) == 0 ? 0 : waits ? row.Int(4) : 1;
  return insert_
      .Bind(id, row.Int(1), row.Int(2), std::min(row.Int(3), now), due,
            std::clamp<std::int64_t>(row.Int(5), 0, 1000),
            std::clamp<std::int64_t>(row.Int(6), 0, 1000), Statement::BlobView{row.Bytes(7)})
      .Run();
}

// The name says that there is nothing more to take over; then the account may be forgotten.
bool Salvager::Finish(Damage* damage) {
  old_.Abandon();
  const StoreFiles files = fresh_.place.group();
  if (fresh_.facts.consent() == Consent::kDenied) {
    if (!files.EraseSetAside()) return false;
  } else {
    const std::string kept = files.Salvaged(old_.name());
    if (kept == old_.name()) return false;
    // Without a name it was set aside in an earlier attempt, or by a process that has died.
    if (damage->name.empty() || damage->name == old_.name()) damage->name = kept;
  }
  fresh_.db.Execute("DELETE FROM meta WHERE key GLOB 'salvage_" + old_.number() + "_*'");
  return true;
}

}  // namespace embeddables
