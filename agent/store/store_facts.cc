// What the store remembers besides events: the ledger, consent, holds, the clocks. What is learnt
// while it cannot be written is owed to the next transaction.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "agent/store/store.h"

namespace embeddables {

bool Store::ReadAgeNote(AgeNote* note) {
  Statement read;
  if (!read.Prepare(&db_,
                    "SELECT (SELECT value FROM meta WHERE key='boot_id'),"
                    "(SELECT value FROM meta WHERE key='age_base'),last_seen FROM ledger") ||
      !read.Next()) {
    return false;
  }
  note->any = !read.IsNull(1);
  note->boot_id = std::string(read.Bytes(0));
  note->base = read.Int(1);
  note->last_seen = read.Int(2);
  const bool half = !read.IsNull(0) && !note->any;  // the two are written together
  read.Reset();
  return !half;
}

// After a reboot the boot clock starts anew: the age clock goes on from where it was last seen.
// That the store be told (EnterBoot) is owed from then on, until this process or another has told
// it. Where nobody knows whether there was a reboot, nothing from before this start is put right by
// what is learnt of the true time.
bool Store::FindBoot() {
  AgeNote note;
  if (!ReadAgeNote(&note)) return false;
  const std::int64_t now = clock_.BootMs();
  const AgeStart start = StartAgeClock(note, clock_.BootId(), now);
  age_base_ = start.base;
  if (!owed_.boot) {
    this_boot_from_ = start.boot == AgeStart::Boot::kUnknown ? now : -kFarthestMs;
    if (start.boot == AgeStart::Boot::kAnother) hold_until_ = 0;
  }
  owed_.boot = start.boot != AgeStart::Boot::kSame;
  return true;
}

// What waited for a time is due at once (the courier jitters the first upload). Where nobody knows
// whether there was a reboot it waits on, for the age clock goes on.
bool Store::EnterBoot() {
  const std::string boot = clock_.BootId();
  if (!set_meta_.Bind(std::string("boot_id"), boot).Run() || !SetMeta("age_base", age_base_) ||
      !SetMeta("true_source", 0)) {
    return false;
  }
  if (!KnowsBoot()) return true;
  LookAgainAfter(0);
  next_hold_ = -1;
  return SetMeta("hold_until", 0) &&
         // Their memory ended with the boot.
         (boot.empty() || (db_.Execute("DELETE FROM intake") &&
                           db_.Execute("DELETE FROM meta WHERE key GLOB 'memory_folder:*'"))) &&
         db_.Execute("UPDATE event SET due=1 WHERE due>0") &&
         db_.Execute("UPDATE identity SET hold_until=0 WHERE hold_until>0");
}

bool Store::ReadLedger(Ledger* ledger) {
  static_assert(kDropReasons == 9, "the schema has a column a reason");
  if (!read_ledger_.Next()) return false;
  ledger->accepted = static_cast<std::uint64_t>(read_ledger_.Int(0));
  ledger->delivered = static_cast<std::uint64_t>(read_ledger_.Int(1));
  ledger->rejected = static_cast<std::uint64_t>(read_ledger_.Int(2));
  for (std::size_t i = 0; i < kDropReasons; ++i) {
    ledger->dropped[i] = static_cast<std::uint64_t>(read_ledger_.Int(3 + static_cast<int>(i)));
  }
  read_ledger_.Reset();
  ledger->pending =
      ledger->accepted - ledger->delivered - ledger->rejected - ledger->dropped_total();
  return true;
}

// More cannot have come out than went in.
bool Store::LedgerAddsUp() const {
  return ledger_.accepted >= ledger_.delivered + ledger_.rejected + ledger_.dropped_total();
}

bool Store::LoadState() {
  // Whole or not at all: a denial that could not be read must not become a consent.
  std::int64_t consent = 0, hold = 0, letters = 0, next_hold = 0, source = 0, offset = 0,
               purges = 0, erase = 0;
  const bool first = data_version_ == 0;
  if (!db_.Ask("SELECT ifnull((SELECT value FROM meta WHERE key='consent'),0)", &consent) ||
      !db_.Ask("SELECT ifnull((SELECT value FROM meta WHERE key='hold_until'),0)", &hold) ||
      !db_.Ask("SELECT ifnull((SELECT value FROM meta WHERE key='true_source'),0)", &source) ||
      !db_.Ask("SELECT ifnull((SELECT value FROM meta WHERE key='true_offset'),0)", &offset) ||
      !db_.Ask("SELECT ifnull((SELECT value FROM meta WHERE key='purges'),0)", &purges) ||
      !db_.Ask("SELECT ifnull((SELECT value FROM meta WHERE key='erase'),0)", &erase) ||
      !db_.Ask("SELECT COUNT(*) FROM dead_letter", &letters) ||
      // It takes a walk over all people, and who sends is the only one to change it.
      (first && !db_.Ask("SELECT ifnull(MIN(hold_until),-1) FROM identity WHERE hold_until>0",
                         &next_hold)) ||
      !MindPassedRows() || !ReadLedger(&ledger_)) {
    return false;
  }
  consent_ = static_cast<Consent>(consent);
  // While the boot is owed these two are an earlier one's.
  if (!owed_.boot || !KnowsBoot()) {
    hold_until_ = std::max(hold_until_, std::min(hold, kFarthestMs));
  }
  if (!owed_.boot && !owed_.offset && IsTime(offset)) {
    true_offset_ = {static_cast<TrueOffset::Source>(source), offset};
  }
  purges_ = purges;
  erase_wanted_ = erase != 0;
  dead_letters_ = static_cast<std::uint64_t>(letters);
  if (first) next_hold_ = next_hold;
  return true;
}

bool Store::SetConsent(Consent consent) {
  if (!Begin(true) || !SetMeta("consent", static_cast<std::int64_t>(consent)) || !Commit()) {
    Rollback();
    return false;
  }
  consent_ = consent;
  return true;
}

bool Store::SetHold(std::int64_t until) {
  hold_until_ = until;
  owed_.hold = true;
  return PayOwed();
}

bool Store::SetTrueOffset(const TrueOffset& offset) {
  true_offset_ = offset;
  owed_.offset = true;
  return PayOwed();
}

bool Store::PayOwed() {
  if (Begin(owed_.boot || owed_.offset) && Commit()) return true;
  Rollback();
  return false;
}

// In the transaction under way. Until it is committed all stays owed.
bool Store::WriteOwed() {
  // Another process may have been first.
  if (owed_.boot && (!FindBoot() || (owed_.boot && !EnterBoot()))) return false;
  if (owed_.hold) {
    const std::int64_t others = db_.Query("SELECT value FROM meta WHERE key='hold_until'");
    if (!SetMeta("hold_until", std::max(hold_until_, others))) return false;
  }
  return !owed_.offset || (SetMeta("true_source", static_cast<std::int64_t>(true_offset_.source)) &&
                           SetMeta("true_offset", true_offset_.wall_minus_boot_ms));
}

}  // namespace embeddables
