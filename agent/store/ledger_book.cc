#include "agent/store/ledger_book.h"

#include <string_view>
#include <utility>

#include "agent/base/check.h"

namespace embeddables {
namespace {

LedgerCounts ToCounts(const Ledger& ledger) {
  LedgerCounts counts = {ledger.accepted, ledger.delivered, ledger.rejected};
  for (std::size_t i = 0; i < kDropReasons; ++i) counts[3 + i] = ledger.dropped[i];
  return counts;
}

std::uint64_t Pending(const Ledger& ledger) {
  return ledger.accepted - ledger.delivered - ledger.rejected - ledger.dropped_total();
}

// A text that is built at compile time.
template <std::size_t kMost>
struct SqlText {
  char text[kMost] = {};
  std::size_t size = 0;

  constexpr SqlText& Add(std::string_view more) {
    for (const char each : more) text[size++] = each;
    return *this;
  }
  constexpr SqlText& AddNumber(std::size_t number) {
    if (number >= 10) AddNumber(number / 10);
    text[size++] = static_cast<char>('0' + number % 10);
    return *this;
  }
};

constexpr SqlText<640> MakeAddSql() {
  SqlText<640> sql;
  sql.Add("UPDATE ledger SET ");
  std::size_t at = 0;
  for (const char* name : kLedgerColumnNames) {
    sql.Add(name).Add("=").Add(name).Add("+?").AddNumber(++at).Add(", ");
  }
  return sql.Add("last_seen=?").AddNumber(++at);
}

constexpr SqlText<256> MakeReadSql() {
  SqlText<256> sql;
  sql.Add("SELECT ");
  for (const char* name : kLedgerColumnNames) sql.Add(name).Add(",");
  --sql.size;
  return sql.Add(" FROM ledger");
}

constexpr auto kAddSql = MakeAddSql();
constexpr auto kReadSql = MakeReadSql();

}  // namespace

Ledger ToLedger(const LedgerCounts& counts) {
  Ledger ledger;
  ledger.accepted = counts[0];
  ledger.delivered = counts[1];
  ledger.rejected = counts[2];
  for (std::size_t i = 0; i < kDropReasons; ++i) ledger.dropped[i] = counts[3 + i];
  ledger.pending = Pending(ledger);
  return ledger;
}

LedgerBook::LedgerBook(Database* database) : db_(*database) {}

bool LedgerBook::Prepare() {
  return add_.PrepareLater(&db_, kAddSql.text) && read_.PrepareLater(&db_, kReadSql.text);
}

void LedgerBook::Drop(DropReason reason, std::uint64_t count) {
  EMB_CHECK(static_cast<std::size_t>(reason) < kDropReasons);
  delta_.dropped[static_cast<std::size_t>(reason)] += count;
}

void LedgerBook::DropUnstored(DropReason reason, std::uint64_t count) {
  delta_.accepted += count;
  Drop(reason, count);
}

void LedgerBook::AddSettled(const Ledger& counted) {
  delta_.accepted += counted.accepted - counted.pending;
  delta_.delivered += counted.delivered;
  delta_.rejected += counted.rejected;
  for (std::size_t i = 0; i < kDropReasons; ++i) delta_.dropped[i] += counted.dropped[i];
}

bool LedgerBook::KeepOnly(std::uint64_t pending) {
  return db_.Execute(
             "INSERT OR REPLACE INTO ledger(id,accepted,last_seen) SELECT 1,?1,last_seen"
             " FROM ledger",
             {static_cast<std::int64_t>(pending)}) &&
         Load();
}

std::uint64_t LedgerBook::pending() const { return stored_.pending + Pending(delta_); }

bool LedgerBook::Add(const Ledger& counts, std::int64_t age_now) {
  add_.Bind();
  int at = 0;
  for (const std::uint64_t count : ToCounts(counts)) add_.BindFrom(++at, count);
  add_.BindFrom(++at, age_now);
  return add_.Run();
}

// The new counts are read within the transaction: afterwards that would take a transaction of its
// own, with its locks.
bool LedgerBook::Write(std::int64_t age_now) {
  if (!Add(delta_, age_now)) return false;
  written_is_read_ = Read(&written_);
  return true;
}

void LedgerBook::Committed() {
  for (std::size_t i = 0; i < kDropReasons; ++i) drops_.by_reason[i] += delta_.dropped[i];
  if (written_is_read_) {
    stored_ = written_;
  } else {
    CountCommitted();
  }
  EMB_CHECK(stored_.balanced() && AddsUp());
}

void LedgerBook::CountCommitted() {
  stored_.accepted += delta_.accepted;
  stored_.delivered += delta_.delivered;
  stored_.rejected += delta_.rejected;
  for (std::size_t i = 0; i < kDropReasons; ++i) stored_.dropped[i] += delta_.dropped[i];
  stored_.pending = Pending(stored_);
}

bool LedgerBook::Read(Ledger* ledger) {
  if (!read_.Next()) return false;
  LedgerCounts counts;
  for (std::size_t i = 0; i < kLedgerColumns; ++i) {
    counts[i] = static_cast<std::uint64_t>(read_.Int(static_cast<int>(i)));
  }
  read_.Reset();
  *ledger = ToLedger(counts);
  return true;
}

bool LedgerBook::AddsUp() const {
  return stored_.accepted >= stored_.delivered + stored_.rejected + stored_.dropped_total();
}

DropTally LedgerBook::TakeDrops() { return std::exchange(drops_, DropTally()); }

void LedgerBook::TellOnly(const DropTally& untold, const Ledger& counted) {
  for (std::size_t i = 0; i < kDropReasons; ++i) {
    drops_.by_reason[i] += untold.by_reason[i] - counted.dropped[i];
  }
}

}  // namespace embeddables
