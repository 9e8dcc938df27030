// Events that are never written to the disk: a table in the connection's memory.
//
// They share the connection's transactions but end with the process, and the ledger counts them
// only when they end. Their numbers are negative, so that no row of the file has the same one.
// Repair closes the connection: meanwhile the events are kept here, and are put back afterwards.

#ifndef EMBEDDABLES_AGENT_STORE_VOLATILE_EVENTS_H_
#define EMBEDDABLES_AGENT_STORE_VOLATILE_EVENTS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/time.h"
#include "agent/store/claims.h"
#include "agent/store/ledger_book.h"
#include "agent/store/store_sql.h"
#include "agent/store/stored_event.h"
#include "embeddables/agent.h"

namespace embeddables {

class VolatileEvents {
 public:
  VolatileEvents(const Config& config, Database* database, Claims* claims, LedgerBook* ledger);
  bool Prepare();
  // False: out of memory, none was kept.
  bool Keep();
  bool PutBack();

  void Begin() { before_ = pending_; }
  void Rollback() { pending_ = before_; }
  std::uint64_t pending() const { return static_cast<std::uint64_t>(pending_); }
  // Events that are appended from now on have lower numbers.
  std::int64_t last_id() const { return next_id_ + 1; }

  // --- In the transaction under way. An empty key: the event is nobody's yet.
  bool Append(const std::string& key, const std::string& json, std::string_view bytes,
              StoredEvent* claimed);
  // Events that are nobody's yet become this person's.
  bool Give(const std::string& key, const std::string& json);
  // Drops the events that are nobody's. Nobody will ever be identified for them: rows are dropped
  // when they are too old, but volatile events have no age, and would keep their place until the
  // process ends.
  bool DropUnidentified();
  bool DropAll(DropReason reason);
  // All volatile events were deleted and counted.
  void Emptied() { pending_ = 0; }
  bool Settle(const Settlement& settlement);
  // The soonest time that an event waits for; never: none waits. `otherwise` if that cannot be
  // read.
  AgeTime NextDue(AgeTime otherwise);
  bool TakeOver(VolatileEvents* other);

 private:
  struct Row {
    std::string key, value, record;
    std::int64_t id = 0, due = 0, attempts = 0;
  };

  bool DropOldest();

  const Config& config_;
  Database& db_;
  Claims& claims_;
  LedgerBook& ledger_;
  std::int64_t pending_ = 0;
  std::int64_t before_ = 0;  // the transaction under way
  std::int64_t next_id_ = -1;
  std::vector<Row> kept_;  // while nothing is open
  Statement insert_, give_, delete_, retry_;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_VOLATILE_EVENTS_H_
