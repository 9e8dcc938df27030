// A transport that another thread can close to its worker for good: when a process exits, the exit
// handlers of libcurl's TLS library free memory that a transfer would use.

#ifndef EMBEDDABLES_AGENT_SEND_GATED_TRANSPORT_H_
#define EMBEDDABLES_AGENT_SEND_GATED_TRANSPORT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "agent/base/step_gate.h"
#include "agent/send/transport.h"

namespace embeddables {

class GatedTransport : public Transport {
 public:
  GatedTransport(std::unique_ptr<Transport> transport, StepGate* gate)
      : transport_(std::move(transport)), gate_(gate) {}
  ~GatedTransport() override {
    const StepGate::Pass pass(gate_);
    transport_.reset();
  }

  bool Begin(std::uint64_t tag, const Request& request, bool fresh_connection) override {
    const StepGate::Pass pass(gate_);
    return transport_->Begin(tag, request, fresh_connection);
  }
  void Push() override {
    const StepGate::Pass pass(gate_);
    transport_->Push();
  }
  void TakeCompleted(std::vector<Completion>* completed) override {
    const StepGate::Pass pass(gate_);
    transport_->TakeCompleted(completed);
  }
  // It sleeps, so it does not hold the gate; it only looks at waitables.
  bool Wait(std::chrono::milliseconds timeout, const std::vector<Waitable>& waitables) override {
    return transport_->Wait(timeout, waitables);
  }
  void CancelAll() override {
    const StepGate::Pass pass(gate_);
    transport_->CancelAll();
  }
  void CancelUnsent(std::vector<std::uint64_t>* tags) override {
    const StepGate::Pass pass(gate_);
    transport_->CancelUnsent(tags);
  }
  void Renew() override {
    const StepGate::Pass pass(gate_);
    transport_->Renew();
  }
  std::size_t in_flight() const override { return transport_->in_flight(); }
  bool answers_between_calls() const override { return transport_->answers_between_calls(); }
  TransportCounters counters() const override { return transport_->counters(); }

 private:
  std::unique_ptr<Transport> transport_;
  StepGate* gate_;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_SEND_GATED_TRANSPORT_H_
