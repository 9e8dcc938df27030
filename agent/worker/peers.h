// Deals with the other processes on the store: all append, one sends. It takes note of what the
// others did, makes this process the sender when the lock is free, and answers the sender's
// doorbell. SenderRole has the lock itself, and rings.

#ifndef EMBEDDABLES_AGENT_WORKER_PEERS_H_
#define EMBEDDABLES_AGENT_WORKER_PEERS_H_

#include <string>

#include "agent/base/reporter.h"
#include "agent/base/time.h"
#include "agent/send/courier.h"
#include "agent/worker/call_queue.h"
#include "agent/worker/erasure.h"
#include "agent/worker/estate.h"
#include "agent/worker/file_trouble.h"
#include "agent/worker/sender_role.h"
#include "agent/worker/store_in_use.h"
#include "embeddables/agent.h"
#include "platform/clock.h"
#include "platform/doorbell.h"
#include "platform/handle.h"
#include "platform/name_watch.h"

namespace embeddables {

class Peers {
 public:
  Peers(const Config& config, const Clock& clock, Reporter& reporter, StoreInUse& store,
        CallQueue& calls, SenderRole& role, Estate& estate, Erasure& erasure, Courier& courier);

  // Takes note of what the store found when it was last refreshed.
  void Notice();
  // Becomes the sender if no other process is, and does what others ask of the sender.
  void TryToSend(BootTime now);
  // Checks whether this process is still the sender.
  void MindLock();
  // At the end, or when the store moves to another file: another process may send.
  void GiveUpSending();
  // When to check on the sender or, without a doorbell, to look for what the others have stored.
  BootTime Next(BootTime now) const;
  // Becomes readable when somebody has rung; none: nobody listens.
  Waitable waitable() const { return doorbell_.waitable(); }
  // Becomes readable when the doorbell may have lost its name; none: the system has no watches.
  Waitable name_waitable() const { return watch_.waitable(); }

 private:
  // Returns true if somebody may have rung in vain.
  bool Listen(BootTime now);
  void Answer(BootTime now, bool missed);

  const Config& config_;
  const Clock& clock_;
  Reporter& reporter_;
  StoreInUse& store_;
  CallQueue& calls_;
  SenderRole& role_;
  Estate& estate_;
  Erasure& erasure_;
  Courier& courier_;

  Doorbell doorbell_;  // listening while the lock is held
  NameWatch watch_;    // on its name
  FileTrouble trouble_{" cannot be made: ",
                       ". Other processes' events are sent a few seconds later"};
  BootTime listen_at_;  // not before
  // If the key of this process is refused, that of another which wants to send may be accepted. The
  // answers under way are awaited: it would send these events again.
  bool yields_ = false;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_WORKER_PEERS_H_
