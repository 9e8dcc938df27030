#include "agent/worker/calls/setting_calls.h"

#include "agent/worker/calls/desk.h"

namespace embeddables {

bool InstantCall::Step(const Desk&, Status*) { return true; }

void PauseCall::Posted(Mailbox* mailbox) { mailbox->pausing.fetch_add(1); }

void PauseCall::Start(const Desk& desk) {
  desk.courier.SetPaused(true);
  desk.mailbox.pausing.fetch_sub(1);
}

void ResumeCall::Start(const Desk& desk) {
  desk.courier.Resume();
  desk.role.Tell(SenderRole::Ring::kTryNow);
}

void SetApiKeyCall::Start(const Desk& desk) {
  if (desk.endpoint.HasApiKey(key_)) return;
  desk.endpoint.SetApiKey(key_);
  desk.courier.KeyChanged();
  desk.role.Tell(SenderRole::Ring::kNewKey);
}

void SetNetworkCall::Start(const Desk& desk) { desk.network.HostSays(state_); }

void SetWallClockCall::Start(const Desk& desk) { written_ = desk.clock_keeper.Learn(offset_); }

bool SetWallClockCall::Step(const Desk& desk, Status*) {
  written_ = written_ || desk.store->SetTrueOffset(offset_);
  if (!written_) desk.calls.TryAgain(*this);
  return written_;
}

}  // namespace embeddables
