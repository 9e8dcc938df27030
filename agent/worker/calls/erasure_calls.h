// Calls about what may be kept: Purge and SetConsent. Erasure carries them out; its header draws
// the states of such a call.

#ifndef EMBEDDABLES_AGENT_WORKER_CALLS_ERASURE_CALLS_H_
#define EMBEDDABLES_AGENT_WORKER_CALLS_ERASURE_CALLS_H_

#include <cstdint>

#include "agent/worker/calls/call.h"
#include "embeddables/agent.h"

namespace embeddables {

class ErasureCall : public Call {
 public:
  enum class Stage : std::uint8_t { kPlaced, kRemoved, kSenderAsked };

  void Start(const Desk& desk) override;
  bool Step(const Desk& desk, Status* status) override;
  ErasureCall* erasure() override { return this; }

  // --- The request.
  bool sets_consent() const { return sets_consent_; }
  Consent consent() const { return consent_; }
  bool removes() const { return !sets_consent_ || consent_ == Consent::kDenied; }
  // May nothing be sent until it is done?
  bool forbids() const { return !sets_consent_ || consent_ != Consent::kGiven; }
  bool allows() const { return sets_consent_ && consent_ != Consent::kDenied; }
  // The reason for which the removed events are dropped.
  virtual DropReason reason() const = 0;

  // --- The call's state; Erasure's. Does the call still keep later events from being stored?
  bool HoldsIntake() const { return stage == Stage::kPlaced; }
  Stage stage = Stage::kPlaced;
  std::uint64_t early_in_flight = 0;  // when the call was started

  // --- The result.
  PurgeResult purged;

 protected:
  ErasureCall(bool sets_consent, Consent consent)
      : Call(Late::kIsCarriedOut), sets_consent_(sets_consent), consent_(consent) {}

 private:
  const bool sets_consent_;
  const Consent consent_;
};

class PurgeCall : public ErasureCall {
 public:
  PurgeCall() : ErasureCall(false, Consent::kUnknown) {}
  DropReason reason() const override;
};

class SetConsentCall : public ErasureCall {
 public:
  explicit SetConsentCall(Consent consent) : ErasureCall(true, consent) {}
  void Posted(Mailbox* mailbox) override;
  DropReason reason() const override;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_WORKER_CALLS_ERASURE_CALLS_H_
