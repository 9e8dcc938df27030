// The facts that the store keeps besides events: consent, the last removal, the server's hold, the
// true time, the boot, and whether traces must be erased; the settings are learnt and written with
// them. They stand in `meta`; other processes on the store may change them.
//
// A removal reaches no memory of other processes. So it leaves its time here: an event that was
// tracked before that is dropped, for the removal's reason, when it would become a row, and is not
// sent before. The time is on the age clock: an event of this boot is later than a removal in an
// earlier one. The end of a denial is such a removal, too, of all that was tracked under it.
//
// A fact that this process has learnt takes effect at once. Until it is written it is owed, and
// goes into the next transaction, whatever that is for: a disk that cannot be written now delays
// it, and at worst it is lost with the process. All functions work in the transaction under way,
// and begin none.

#ifndef EMBEDDABLES_AGENT_STORE_STORE_FACTS_H_
#define EMBEDDABLES_AGENT_STORE_STORE_FACTS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/base/time.h"
#include "agent/event/true_time.h"
#include "agent/store/age_clock.h"
#include "agent/store/claims.h"
#include "agent/store/people.h"
#include "agent/store/send_notes.h"
#include "agent/store/settings.h"
#include "agent/store/store_sql.h"
#include "embeddables/agent.h"

namespace embeddables {

// Reads what the store has noted of its clock.
bool ReadAgeNote(Database* database, AgeNote* note);

// A file may hold any number: one that is no answer counts as none.
Consent ConsentOf(std::int64_t column);

class StoreFacts {
 public:
  // The facts as they are in the file.
  struct Noted {
    std::int64_t consent = 0, hold = 0, source = 0, offset = 0, purges = 0, erase = 0;
    std::int64_t removed_at = 0, removed_for = 0;
    Settings::Noted settings;
  };

  StoreFacts(Database* database, AgeClock* age, Claims* claims, People* people, Settings* settings);
  bool Prepare();

  // Learning takes two steps, because the facts are learnt together with the rest of the store's
  // state or not at all: a denial that could not be read must not become a consent.
  bool Read(Noted* noted);
  void Learn(const Noted& noted);
  bool Set(std::string_view key, std::int64_t value);
  bool Set(std::string_view key, const std::string& value);

  Consent consent() const { return consent_; }
  // `at`: when that was said.
  bool WriteConsent(Consent consent, BootTime at = BootTime());
  void ConsentIs(Consent consent, BootTime at);

  // The hold: until when the server asked everybody to wait (Retry-After). It survives a restart.
  AgeTime hold_until() const { return hold_until_; }
  void OweHold(AgeTime until);
  // A hold that lasts longer than `longest` ends at `until` instead.
  bool CutHold(AgeTime longest, AgeTime until);

  // The true time in this boot, as far as it is known; every process on the store learns it.
  const TrueOffset& true_offset() const { return true_offset_; }
  void OweTrueOffset(const TrueOffset& offset);

  std::int64_t purges() const { return purges_; }
  bool WritePurge(DropReason reason, BootTime at);
  void Purged(DropReason reason, BootTime at);
  // Did a removal come after an event that was tracked then?
  bool Removed(BootTime tracked) const { return Removed(age_.At(tracked)); }
  bool Removed(AgeTime born) const { return born < removed_at_; }
  AgeTime removed_at() const { return removed_at_; }
  DropReason removed_for() const { return removed_for_; }
  bool erase_wanted() const { return erase_wanted_; }
  bool WriteErase(bool wanted) { return Set("erase", wanted ? 1 : 0); }
  void EraseIs(bool wanted) { erase_wanted_ = wanted; }

  // Notes what became of the last requests.
  SendNotes& send_notes() { return send_notes_; }

  // --- Debts.
  // Learns which boot this is. From then on the boot is owed to the store, until this process or
  // another has written it.
  bool FindBoot();
  bool owes_boot() const { return owed_.boot; }
  // Would a fact be lost with this process?
  bool owes_learnt() const { return owed_.hold || owed_.offset || settings_.owes_named(); }
  bool owes() const { return owed_.boot || owed_.hold || owed_.offset || settings_.owes(); }
  // Must the owed facts survive a power cut?
  bool owes_for_good() const { return owed_.boot || owed_.offset || settings_.owes(); }
  // All stays owed until the transaction is committed.
  bool WriteOwed();
  void Paid() {
    owed_ = {};
    settings_.Paid();
  }

  // Learns the facts of another store, but for consent, which Erasure weighs.
  void TakeOverHold(const StoreFacts& other);
  bool TakeOver(const StoreFacts& other);
  // The difference to add to times of the other store's age clock to get this store's.
  std::int64_t OlderThan(const StoreFacts& other) const { return age_.base() - other.age_.base(); }

 private:
  bool EnterBoot();
  bool WriteRemoval(DropReason reason, BootTime at);
  void RemovalIs(DropReason reason, AgeTime at);

  Database& db_;
  AgeClock& age_;
  Claims& claims_;
  People& people_;
  Settings& settings_;
  Statement set_;
  SendNotes send_notes_;

  Consent consent_ = Consent::kUnknown;
  AgeTime hold_until_;
  TrueOffset true_offset_;
  std::int64_t purges_ = -1;  // by any process; -1: not read yet
  AgeTime removed_at_;
  DropReason removed_for_ = DropReason::kPurged;
  bool erase_wanted_ = false;
  struct {
    bool boot = false, hold = false, offset = false;
  } owed_;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_STORE_FACTS_H_
