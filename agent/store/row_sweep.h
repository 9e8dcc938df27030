// Walks over all rows, some at a time: drops the events of people who were not identified in time,
// and forgets people without rows. Waits that are too long are cut when a walk begins.
//
// A step works in the transaction under way, and begins none. The last step sees the last row in
// the same transaction in which it forgets people: a person without rows cannot have got one
// meanwhile.

#ifndef EMBEDDABLES_AGENT_STORE_ROW_SWEEP_H_
#define EMBEDDABLES_AGENT_STORE_ROW_SWEEP_H_

#include <cstddef>
#include <cstdint>
#include <unordered_map>

#include "agent/store/age_clock.h"
#include "agent/store/ledger_book.h"
#include "agent/store/people.h"
#include "agent/store/settings.h"
#include "agent/store/store_facts.h"
#include "agent/store/store_sql.h"
#include "embeddables/agent.h"

namespace embeddables {

class RowSweep {
 public:
  RowSweep(const Config& config, const Settings& settings, Database* database, const AgeClock& age,
           StoreFacts* facts, People* people, LedgerBook* ledger);

  // `sends`: only the sender may change what rows wait for.
  bool Step(bool sends, bool* more);
  // The last walk has forgotten so many people that the next one should follow at once.
  bool again() const { return again_; }
  // The next step begins a new walk.
  void Stop() { oldest_.clear(); }

 private:
  bool Begin(bool sends);
  bool CutWaits();
  bool Note(const char* sql, std::int64_t from, std::int64_t* last);
  bool DropUnidentified(std::int64_t to);
  bool SeePeople(std::int64_t to);
  bool End();

  const Config& config_;
  const Settings& settings_;
  Database& db_;
  const AgeClock& age_;
  StoreFacts& facts_;
  People& people_;
  LedgerBook& ledger_;

  // --- From walk to walk.
  std::int64_t people_after_ = 0;  // where the next walk begins
  AgeTime cut_again_;              // when waits are checked again
  bool again_ = false;
  // --- The walk under way.
  AgeTime cutoff_;         // unidentified events from before it are dropped
  std::int64_t next_ = 0;  // rows up to here were seen
  bool windows_ = false;   // some windows may have such events
  std::size_t unseen_ = 0;
  // The identities to look for, and when their oldest event was born, never if none was seen;
  // empty: no walk.
  std::unordered_map<std::int64_t, AgeTime> oldest_;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_ROW_SWEEP_H_
