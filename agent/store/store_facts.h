// The store's memory besides events: consent, the server's hold, the true time, the boot, and that
// traces are to be erased. They stand in `meta`; other processes on the store may change them.
//
// A fact that this process has learnt counts at once. Until it is written it is owed, and goes into
// the next transaction, whatever that is for: a disk that cannot be written now delays it, and
// loses it with the process at most. All of it works in the transaction under way, and begins none.

#ifndef EMBEDDABLES_AGENT_STORE_STORE_FACTS_H_
#define EMBEDDABLES_AGENT_STORE_STORE_FACTS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/event/true_time.h"
#include "agent/store/age_clock.h"
#include "agent/store/claims.h"
#include "agent/store/people.h"
#include "agent/store/store_sql.h"
#include "embeddables/agent.h"

namespace embeddables {

class StoreFacts {
 public:
  // As the file has them.
  struct Noted {
    std::int64_t consent = 0, hold = 0, source = 0, offset = 0, purges = 0, erase = 0;
  };

  StoreFacts(Database* database, AgeClock* age, Claims* claims, People* people);
  bool Prepare();

  // In two steps, because facts are learnt whole with the rest of the store's state or not at all:
  // a denial that could not be read must not become a consent.
  bool Read(Noted* noted);
  void Learn(const Noted& noted);
  bool Set(std::string_view key, std::int64_t value);
  bool Set(std::string_view key, const std::string& value);

  Consent consent() const { return consent_; }
  bool WriteConsent(Consent consent);
  void ConsentIs(Consent consent) { consent_ = consent; }

  // Until when the server asked everybody to wait (Retry-After); survives a restart.
  std::int64_t hold_until() const { return hold_until_; }
  void OweHold(std::int64_t until);
  // A hold that lasts longer than `longest` ends at `until` instead.
  bool CutHold(std::int64_t longest, std::int64_t until);

  // The true time in this boot, as far as it is known; every process on the store learns it.
  const TrueOffset& true_offset() const { return true_offset_; }
  void OweTrueOffset(const TrueOffset& offset);

  std::int64_t purges() const { return purges_; }
  bool WritePurge() { return Set("purges", purges_ + 1); }
  void Purged() { ++purges_; }
  bool erase_wanted() const { return erase_wanted_; }
  bool WriteErase(bool wanted) { return Set("erase", wanted ? 1 : 0); }
  void EraseIs(bool wanted) { erase_wanted_ = wanted; }

  // --- Debts.
  // Learns which boot this is. That the store be told is owed from then on, until this process or
  // another has told it.
  bool FindBoot();
  bool owes_boot() const { return owed_.boot; }
  // Would anything be forgotten with this process?
  bool owes_learnt() const { return owed_.hold || owed_.offset; }
  bool owes() const { return owed_.boot || owes_learnt(); }
  // Must what is owed survive a power cut?
  bool owes_for_good() const { return owed_.boot || owed_.offset; }
  // Until the transaction is committed all stays owed.
  bool WriteOwed();
  void Paid() { owed_ = {}; }

  // Learns what another store knew.
  void TakeOverHold(const StoreFacts& other);
  bool TakeOver(const StoreFacts& other);
  // How much older than here events are whose birth is a time of the other store.
  std::int64_t OlderThan(const StoreFacts& other) const { return age_.base() - other.age_.base(); }

 private:
  bool ReadAgeNote(AgeNote* note);
  bool EnterBoot();

  Database& db_;
  AgeClock& age_;
  Claims& claims_;
  People& people_;
  Statement set_;

  Consent consent_ = Consent::kUnknown;
  std::int64_t hold_until_ = 0;
  TrueOffset true_offset_;
  std::int64_t purges_ = 0;  // by any process
  bool erase_wanted_ = false;
  struct {
    bool boot = false, hold = false, offset = false;
  } owed_;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_STORE_FACTS_H_
