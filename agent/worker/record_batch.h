// The records that go into the store in one transaction, no more than fit in the write-ahead log's
// bound. The transaction is open from Begin to Commit or the store's Rollback.

#ifndef EMBEDDABLES_AGENT_WORKER_RECORD_BATCH_H_
#define EMBEDDABLES_AGENT_WORKER_RECORD_BATCH_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "agent/event/event.h"
#include "agent/send/courier.h"
#include "agent/store/store.h"
#include "agent/worker/sender_role.h"
#include "agent/worker/store_in_use.h"
#include "embeddables/agent.h"

namespace embeddables {

class RecordBatch {
 public:
  RecordBatch(const Config& config, StoreInUse& store, Courier& courier);

  // If any of these returns false, the caller rolls back. A full disk may still have room for one
  // record, of `one` bytes, if not for many.
  bool Begin(std::size_t one);
  // `claimed`: the event is being sent already; receives its row's number and identity.
  bool Take(std::string_view bytes, StoredEvent* claimed = nullptr);
  // An event that does not become a row.
  void Drop(std::string_view bytes, DropReason reason);
  bool full() const { return bytes_ >= limit_; }
  std::uint64_t events() const { return events_; }
  std::uint64_t removed() const { return removed_; }
  // Includes those that are dropped because a removal came after them.
  std::uint64_t taken() const { return events_ + removed_; }

  // After the commit; the courier had not heard of `untold` of the events.
  void Tell(SenderRole& role, std::uint64_t untold) const;

 private:
  const Config& config_;
  StoreInUse& store_;
  Courier& courier_;
  std::size_t limit_;
  std::size_t bytes_ = 0;
  std::uint64_t events_ = 0, removed_ = 0;
  bool critical_ = false, identified_ = false;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_WORKER_RECORD_BATCH_H_
