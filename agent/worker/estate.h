// Takes care of left-over intakes, the memory of dead processes: the store that an intake belongs
// to takes it over; it is erased when that store is gone or a removal demands it. OwnIntake has
// this process's own memory.
//
// Such a file ends in this order, so that nothing is taken twice if this process dies in between:
// the store is told what the dead process's host had said last (live_status.h); it gets its events
// and its position; its content is erased; the store forgets the position; the name is removed.

#ifndef EMBEDDABLES_AGENT_WORKER_ESTATE_H_
#define EMBEDDABLES_AGENT_WORKER_ESTATE_H_

#include <cstdint>
#include <functional>
#include <string_view>

#include "agent/base/reporter.h"
#include "agent/base/time.h"
#include "agent/intake/intake_origin.h"
#include "agent/intake/left_over_intake.h"
#include "agent/intake/live_status.h"
#include "agent/send/courier.h"
#include "agent/worker/own_intake.h"
#include "agent/worker/record_batch.h"
#include "agent/worker/sender_role.h"
#include "agent/worker/store_in_use.h"
#include "embeddables/agent.h"
#include "platform/clock.h"
#include "platform/shared_memory.h"

namespace embeddables {

class Estate {
 public:
  Estate(const Config& config, const Clock& clock, Reporter& reporter, StoreInUse& store,
         SenderRole& role, OwnIntake& own, Courier& courier);

  // Looks once every few seconds, however often it is called.
  void TakeOver(BootTime now);
  // A process may have died, or the store is another one: the next TakeOver looks at once.
  void LookNow() { look_at_ = BootTime(); }
  // A dead process's word on what may be kept is known and could not be carried out yet: nothing
  // may be sent before.
  bool owes() const { return owes_; }
  BootTime look_at() const { return look_at_; }
  // The result counts events.
  std::uint64_t taken_over() const { return taken_over_; }
  // Also removes memory of other versions, whose events cannot be counted. False: something is
  // still there.
  bool Purge(DropReason reason, PurgeResult* result);

  // Erases memory of other stores, for one of these reasons.
  enum class Sweep : std::uint8_t { kRemoval, kNewStore, kAge };
  void EraseStrangers(Sweep sweep);

 private:
  using Take = std::function<bool(LeftOverIntake*)>;

  bool ForEach(const Take& take, bool unknown_too);
  bool TakeOne(LeftMemory* left, const Take& take, bool unknown_too);
  bool Obey(LeftOverIntake* left_over);
  bool Remove(const LiveStatus& word, LeftOverIntake* left_over);
  bool StoreAll(LeftOverIntake* left_over);
  bool Settle(const LeftOverIntake& left_over);
  bool StoreSome(LeftOverIntake* left_over, bool* more);
  static bool TakeRecord(std::string_view bytes, RecordBatch* batch);
  bool DropAll(DropReason reason, LeftOverIntake* left_over, std::uint64_t* dropped);
  bool Drop(DropReason reason, LeftOverIntake* left_over, std::uint64_t* dropped, bool* more);
  bool MayErase(Sweep sweep, const IntakeOrigin& left) const;
  bool EraseStranger(Sweep sweep, LeftMemory* left);
  void TellUnknown();
  void TellDamaged();

  const Config& config_;
  const Clock& clock_;
  Reporter& reporter_;
  StoreInUse& store_;
  SenderRole& role_;
  OwnIntake& own_;
  Courier& courier_;

  BootTime look_at_;  // not before
  std::uint64_t taken_over_ = 0;
  bool unknown_told_ = false;
  bool owes_ = false;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_WORKER_ESTATE_H_
