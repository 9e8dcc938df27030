#include "agent/worker/calls/dead_letter_calls.h"

#include <vector>

#include "agent/send/letters.h"
#include "agent/store/store.h"
#include "agent/worker/calls/desk.h"

namespace embeddables {

bool DeadLettersCall::Step(const Desk& desk, Status* status) {
  std::vector<StoredEvent> events;
  if (!desk.store->letters().List(limit_, after_, &letters, &events)) {
    letters.clear();
    if (desk.calls.WaitsForStore(*this)) return false;
    *status = Status(StatusCode::kStoreUnusable, "the store cannot be read", desk.store->message());
    return true;
  }
  DescribeLetters(desk.endpoint, events, &letters);
  return true;
}

bool RequeueCall::Step(const Desk& desk, Status* status) {
  if (!desk.store->Requeue(id_, &count)) {
    if (desk.calls.WaitsForStore(*this)) return false;
    *status =
        Status(StatusCode::kStoreUnusable, "the store cannot be written", desk.store->message());
  } else if (id_ != 0 && count == 0) {
    *status = Status(StatusCode::kNotFound,
                     "there is no dead letter with this id; list them to see which are kept");
  } else {
    desk.courier.SendSoon();
    desk.role.Tell(SenderRole::Ring::kAppended);
  }
  return true;
}

}  // namespace embeddables
