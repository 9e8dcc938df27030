// The owners by which the worker carries calls out: each verb uses those that it needs. The desk
// owns none of them.

#ifndef EMBEDDABLES_AGENT_WORKER_CALLS_DESK_H_
#define EMBEDDABLES_AGENT_WORKER_CALLS_DESK_H_

#include "agent/send/courier.h"
#include "agent/send/endpoint.h"
#include "agent/worker/absorb_schedule.h"
#include "agent/worker/call_queue.h"
#include "agent/worker/clock_keeper.h"
#include "agent/worker/erasure.h"
#include "agent/worker/mailbox.h"
#include "agent/worker/network_keeper.h"
#include "agent/worker/own_intake.h"
#include "agent/worker/sender_role.h"
#include "agent/worker/store_in_use.h"
#include "agent/worker/store_keeper.h"
#include "platform/clock.h"

namespace embeddables {

struct Desk {
  const Clock& clock;
  Mailbox& mailbox;
  CallQueue& calls;
  StoreInUse& store;
  StoreKeeper& keeper;
  OwnIntake& intake;
  AbsorbSchedule& absorbing;
  SenderRole& role;
  Erasure& erasure;
  ClockKeeper& clock_keeper;
  NetworkKeeper& network;
  Endpoint& endpoint;
  Courier& courier;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_WORKER_CALLS_DESK_H_
