// Shows what a step has left: to callers (Stats in the mailbox), to other processes that look at
// the store (the status page behind the intake), and to the log.
//
// The three are written one after the other on the worker's thread, from one look at the owners;
// what callers see changes at once.

#ifndef EMBEDDABLES_AGENT_WORKER_PUBLISHER_H_
#define EMBEDDABLES_AGENT_WORKER_PUBLISHER_H_

#include <cstdint>

#include "agent/base/reporter.h"
#include "agent/base/time.h"
#include "agent/intake/intake.h"
#include "agent/intake/live_status.h"
#include "agent/send/courier.h"
#include "agent/send/reasons.h"
#include "agent/send/transport.h"
#include "agent/worker/erasure.h"
#include "agent/worker/estate.h"
#include "agent/worker/mailbox.h"
#include "agent/worker/own_intake.h"
#include "agent/worker/sender_role.h"
#include "agent/worker/state_log.h"
#include "agent/worker/store_in_use.h"
#include "embeddables/agent.h"

namespace embeddables {

class Publisher {
 public:
  Publisher(const Config& config, const Intake& intake, Mailbox& mailbox, Reporter& reporter,
            StoreInUse& store, const SenderRole& role, const OwnIntake& own, const Estate& estate,
            const Erasure& erasure, Courier& courier)
      : config_(config),
        intake_(intake),
        mailbox_(mailbox),
        store_(store),
        role_(role),
        own_(own),
        estate_(estate),
        erasure_(erasure),
        courier_(courier),
        state_log_(reporter, store, role, courier) {}

  // After a step.
  void LogChanges() { state_log_.Look(); }
  void Publish(const TransportCounters& counters);
  // At the end: shows others that this process sends no longer.
  void PublishEnd(const TransportCounters& counters);
  // Did the last page hold a word for this process's heir?
  bool owes() const { return owes_; }

 private:
  Stats Gather(const TransportCounters& counters);
  void WritePage(const Stats& stats, const Holdup& holdup);

  const Config& config_;
  const Intake& intake_;
  Mailbox& mailbox_;
  StoreInUse& store_;
  const SenderRole& role_;
  const OwnIntake& own_;
  const Estate& estate_;
  const Erasure& erasure_;
  Courier& courier_;
  StateLog state_log_;
  LiveStatusWriter page_;
  bool ends_ = false, owes_ = false;
  BootTime last_delivery_ = BootTime::Never();  // never: none yet
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_WORKER_PUBLISHER_H_
