#include "agent/store/store_facts.h"

#include <algorithm>

namespace embeddables {

StoreFacts::StoreFacts(Database* database, AgeClock* age, Claims* claims, People* people,
                       Settings* settings)
    : db_(*database),
      age_(*age),
      claims_(*claims),
      people_(*people),
      settings_(*settings),
      send_notes_(database, *age) {}

bool StoreFacts::Prepare() {
  return set_.PrepareLater(&db_, "INSERT OR REPLACE INTO meta(key,value) VALUES(?1,?2)");
}

bool StoreFacts::Set(std::string_view key, std::int64_t value) {
  return set_.Bind(std::string(key), value).Run();
}

bool StoreFacts::Set(std::string_view key, const std::string& value) {
  return set_.Bind(std::string(key), value).Run();
}

bool StoreFacts::Read(Noted* noted) {
  const struct {
    const char* key;
    std::int64_t* value;
  } all[] = {
      {"consent", &noted->consent},       {"hold_until", &noted->hold},
      {"true_source", &noted->source},    {"true_offset", &noted->offset},
      {"purges", &noted->purges},         {"erase", &noted->erase},
      {"removed_at", &noted->removed_at}, {"removed_for", &noted->removed_for},
  };
  Statement read;
  if (!read.Prepare(&db_, "SELECT ifnull((SELECT value FROM meta WHERE key=?1),0)")) return false;
  for (const auto& each : all) {
    if (!read.Bind(std::string(each.key)).Next()) return false;
    *each.value = read.Int(0);
    read.Reset();
  }
  return settings_.Read(&noted->settings);
}

void StoreFacts::Learn(const Noted& noted) {
  consent_ = ConsentOf(noted.consent);
  // While the boot is owed, these two facts are an earlier boot's.
  if (!owed_.boot || !age_.KnowsBoot()) {
    hold_until_ = std::max(hold_until_, AgeOf(noted.hold));
  }
  if (!owed_.boot && !owed_.offset && IsTime(noted.offset)) {
    true_offset_ = {static_cast<TrueOffset::Source>(noted.source), noted.offset};
  }
  purges_ = noted.purges;
  const bool denied = noted.removed_for == static_cast<std::int64_t>(DropReason::kConsent);
  removed_for_ = denied ? DropReason::kConsent : DropReason::kPurged;
  // A time that is still to come is damage: it would take all that is tracked.
  removed_at_ = AgeOf(noted.removed_at);
  if (removed_at_ > age_.Now()) removed_at_ = AgeTime();
  erase_wanted_ = noted.erase != 0;
  settings_.Learn(noted.settings);
}

bool StoreFacts::WriteConsent(Consent consent, BootTime at) {
  return Set("consent", static_cast<std::int64_t>(consent)) &&
         (consent_ != Consent::kDenied || WriteRemoval(DropReason::kConsent, at));
}

void StoreFacts::ConsentIs(Consent consent, BootTime at) {
  if (consent_ == Consent::kDenied) RemovalIs(DropReason::kConsent, age_.At(at));
  consent_ = consent;
}

bool StoreFacts::WritePurge(DropReason reason, BootTime at) {
  return Set("purges", purges_ + 1) && WriteRemoval(reason, at);
}

void StoreFacts::Purged(DropReason reason, BootTime at) {
  ++purges_;
  RemovalIs(reason, age_.At(at));
}

bool StoreFacts::WriteRemoval(DropReason reason, BootTime at) {
  return age_.At(at) <= removed_at_ || (Set("removed_at", age_.At(at).ms()) &&
                                        Set("removed_for", static_cast<std::int64_t>(reason)));
}

void StoreFacts::RemovalIs(DropReason reason, AgeTime at) {
  if (at <= removed_at_) return;
  removed_at_ = at;
  removed_for_ = reason;
}

void StoreFacts::OweHold(AgeTime until) {
  hold_until_ = until;
  owed_.hold = true;
}

bool StoreFacts::CutHold(AgeTime longest, AgeTime until) {
  if (hold_until_ <= longest) return true;
  hold_until_ = until;
  return Set("hold_until", hold_until_.ms());
}

void StoreFacts::OweTrueOffset(const TrueOffset& offset) {
  true_offset_ = offset;
  owed_.offset = true;
}

bool ReadAgeNote(Database* database, AgeNote* note) {
  Statement read;
  if (!read.Prepare(database,
                    "SELECT (SELECT value FROM meta WHERE key='boot_id'),"
                    "(SELECT value FROM meta WHERE key='age_base'),last_seen FROM ledger") ||
      !read.Next()) {
    return false;
  }
  note->any = !read.IsNull(1);
  note->boot_id = read.Text(0);
  note->base = AgeTime(read.Int(1));
  note->last_seen = AgeTime(read.Int(2));
  const bool half = !read.IsNull(0) && !note->any;  // the two are written together
  read.Reset();
  return !half;
}

Consent ConsentOf(std::int64_t column) {
  const bool known = column >= 0 && column <= static_cast<std::int64_t>(Consent::kDenied);
  return known ? static_cast<Consent>(column) : Consent::kUnknown;
}

// After a reboot the boot clock starts anew: the age clock goes on from its last noted value.
bool StoreFacts::FindBoot() {
  AgeNote note;
  if (!ReadAgeNote(&db_, &note)) return false;
  const AgeStart::Boot boot = age_.Start(note, !owed_.boot);
  if (!owed_.boot && boot == AgeStart::Boot::kAnother) hold_until_ = AgeTime();
  owed_.boot = boot != AgeStart::Boot::kSame;
  return true;
}

// Every wait for a time ends at once (the courier jitters the first upload). If nobody knows
// whether there was a reboot, waits go on, since the age clock does.
bool StoreFacts::EnterBoot() {
  const std::string boot = age_.boot_id();
  if (!Set("boot_id", boot) || !Set("age_base", age_.base().ms()) || !Set("true_source", 0)) {
    return false;
  }
  if (!age_.KnowsBoot()) return true;
  claims_.LookAgainAfter(0);
  people_.NoteNobodyHeld();
  return Set("hold_until", 0) &&
         // The intakes' memory ended with the boot.
         (boot.empty() || (db_.Execute("DELETE FROM intake") &&
                           db_.Execute("DELETE FROM meta WHERE key GLOB 'memory_folder:*'"))) &&
         db_.Execute("UPDATE event SET due=1 WHERE due>0") &&
         db_.Execute("UPDATE identity SET hold_until=0 WHERE hold_until>0");
}

bool StoreFacts::WriteOwed() {
  // Another process may have been first.
  if (owed_.boot && (!FindBoot() || (owed_.boot && !EnterBoot()))) return false;
  if (owed_.hold) {
    std::int64_t others = 0;
    if (!db_.Ask("SELECT ifnull((SELECT value FROM meta WHERE key='hold_until'),0)", &others) ||
        !Set("hold_until", std::max(hold_until_.ms(), others))) {
      return false;
    }
  }
  if (settings_.owes() && !settings_.WriteOwed()) return false;
  return !owed_.offset || (Set("true_source", static_cast<std::int64_t>(true_offset_.source)) &&
                           Set("true_offset", true_offset_.wall_minus_boot_ms));
}

void StoreFacts::TakeOverHold(const StoreFacts& other) {
  hold_until_ = std::max(hold_until_, other.hold_until_ + OlderThan(other));
}

bool StoreFacts::TakeOver(const StoreFacts& other) {
  return !Supersedes(other.true_offset_, true_offset_) ||
         (Set("true_source", static_cast<std::int64_t>(other.true_offset_.source)) &&
          Set("true_offset", other.true_offset_.wall_minus_boot_ms));
}

}  // namespace embeddables
