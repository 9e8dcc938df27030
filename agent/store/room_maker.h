// Makes room for new events at the beginning of a transaction: old events are evicted, and the log
// is overwritten from its start.
//
// The files must never exceed the bound, and they never shrink: old rows are deleted before new
// ones come in, so that their pages are used again. Making room may end one transaction and begin
// another; the other processes' changes, consent above all, are read in each.

#ifndef EMBEDDABLES_AGENT_STORE_ROOM_MAKER_H_
#define EMBEDDABLES_AGENT_STORE_ROOM_MAKER_H_

#include <cstddef>
#include <cstdint>

#include "agent/store/bounds.h"
#include "agent/store/settings.h"
#include "agent/store/shared_state.h"
#include "agent/store/store_failure.h"
#include "agent/store/store_space.h"
#include "agent/store/transactions.h"

namespace embeddables {

class RoomMaker {
 public:
  RoomMaker(const Settings& settings, Transactions* transactions, SharedState* shared,
            StoreSpace* space, Bounds* bounds, StoreFailure* failure);

  // Begins a transaction that stores. False: there is no room, or it could not begin; the caller
  // rolls back.
  bool Begin(std::size_t incoming_bytes);

 private:
  bool BeginAgain();
  bool MakeRoom(std::size_t incoming_bytes);
  bool EmptyLog(std::uint64_t need);
  bool MakeRoomOnDisk(std::uint64_t need);
  bool EvictForDisk(std::uint64_t need, std::uint64_t grows);

  const Settings& settings_;
  Transactions& transactions_;
  SharedState& shared_;
  StoreSpace& space_;
  Bounds& bounds_;
  StoreFailure& failure_;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_ROOM_MAKER_H_
