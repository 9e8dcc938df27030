#include "agent/worker/calls/erasure_calls.h"

#include "agent/worker/calls/desk.h"
#include "agent/worker/erasure.h"
#include "agent/worker/mailbox.h"

namespace embeddables {

void ErasureCall::Start(const Desk& desk) { desk.erasure.Start(this); }

bool ErasureCall::Step(const Desk& desk, Status* status) { return desk.erasure.Step(this, status); }

DropReason PurgeCall::reason() const { return DropReason::kPurged; }

DropReason SetConsentCall::reason() const { return DropReason::kConsent; }

void SetConsentCall::Posted(Mailbox* mailbox) { mailbox->consent = consent(); }

}  // namespace embeddables
