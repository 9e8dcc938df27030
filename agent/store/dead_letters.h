// Events that were given up, with the server's words, kept for people to look at and to requeue.
//
// A letter is not pending: the ledger counts it as rejected. The newest max_dead_letters of them
// are kept. All functions work in the transaction under way, and begin none; letters are made from
// rows, which the outbox deletes.

#ifndef EMBEDDABLES_AGENT_STORE_DEAD_LETTERS_H_
#define EMBEDDABLES_AGENT_STORE_DEAD_LETTERS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "agent/store/age_clock.h"
#include "agent/store/ledger_book.h"
#include "agent/store/settings.h"
#include "agent/store/store_sql.h"
#include "agent/store/stored_event.h"
#include "embeddables/agent.h"

namespace embeddables {

// Lists the oldest first, after the one with the number `after`. `events` receives the same letters
// as they would be sent.
bool ListLetters(Database* database, std::size_t limit, std::int64_t after,
                 std::vector<DeadLetter>* letters, std::vector<StoredEvent>* events);

class DeadLetters {
 public:
  DeadLetters(const Settings& settings, Database* database, const AgeClock& age,
              LedgerBook* ledger);
  bool Prepare();

  void Begin() { before_ = count_; }
  void Rollback() { count_ = before_; }
  std::uint64_t count() const { return count_; }
  // Reads and takes the count in two steps, as is done for all state of the file.
  bool ReadCount(std::int64_t* count) { return db_.Ask("SELECT COUNT(*) FROM dead_letter", count); }
  void Learn(std::int64_t count) { count_ = static_cast<std::uint64_t>(count); }

  // Makes a letter of the settled row, which must be deleted afterwards.
  bool Bury(const Settlement& settlement);
  // Makes letters of the oldest rows of the identifier; rows in flight get their own verdict.
  // *more: some may be left.
  bool BuryIdentity(const Settlement& settlement, bool* more);
  bool Trim();
  bool List(std::size_t limit, std::int64_t after, std::vector<DeadLetter>* letters,
            std::vector<StoredEvent>* events) {
    return ListLetters(&db_, limit, after, letters, events);
  }
  // Makes the letter pending again, or all letters if `id` is 0.
  bool PutBack(std::int64_t id, std::uint64_t* count);
  // Only letters that were born at or after `since`, on this store's clock.
  bool TakeOver(Database* other, std::int64_t older, AgeTime since);
  // All letters were deleted.
  void Emptied() { count_ = 0; }

 private:
  void Count(std::uint64_t buried);

  const Settings& settings_;
  Database& db_;
  const AgeClock& age_;
  LedgerBook& ledger_;
  std::uint64_t count_ = 0;
  std::uint64_t before_ = 0;  // the transaction under way
  Statement bury_event_, bury_identity_, delete_identity_events_;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_DEAD_LETTERS_H_
