// The transport over a host's own HTTP stack (embeddables/parts.h). It keeps what the host need not
// be trusted with: each exchange ends in time, once, and answers nobody after its end.
//
// Each request is an exchange, which the host shares and may keep for ever. The host's threads
// touch the exchange and, behind it, the one inbox: an answer counts there if its exchange is still
// open. All else is the agent's thread's. No lock is held while the host's code runs.

#ifndef EMBEDDABLES_AGENT_SEND_HOST_TRANSPORT_H_
#define EMBEDDABLES_AGENT_SEND_HOST_TRANSPORT_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "agent/base/time.h"
#include "agent/send/transport.h"
#include "embeddables/agent.h"
#include "embeddables/parts.h"
#include "platform/clock.h"

namespace embeddables {

class HostTransport final : public Transport {
 public:
  // Config::transport may be empty; then no request begins.
  HostTransport(const Config& config, const Clock& clock);
  ~HostTransport() override;

  bool Begin(std::uint64_t tag, const Request& request, bool fresh_connection) override;
  void Push() override;
  void TakeCompleted(std::vector<Completion>* completed) override;
  bool Wait(std::chrono::milliseconds timeout, const std::vector<Waitable>& waitables) override;
  void CancelAll() override;
  void Renew() override;
  std::size_t in_flight() const override { return open_.size(); }
  TransportCounters counters() const override { return counters_; }
  bool answers_between_calls() const override { return host_ && host_->AnswersBetweenCalls(); }
  // False: the system has no descriptor by which answers could wake the agent.
  bool ok() const;

 private:
  class Inbox;
  class Exchange;
  struct Open {
    std::shared_ptr<Exchange> exchange;
    BootTime deadline;
  };

  void Poll();
  void Complete(Exchange* exchange, HttpAnswer answer, std::vector<Completion>* completed);
  void EndLate(std::vector<Completion>* completed);
  BootTime NextAt() const;

  const Config& config_;
  const Clock& clock_;
  const std::shared_ptr<HttpTransport> host_;
  const std::shared_ptr<Inbox> inbox_;
  std::vector<Open> open_;
  BootTime poll_at_ = BootTime::Never();
  TransportCounters counters_;
};

// Null with *status set if there is no descriptor.
std::unique_ptr<Transport> MakeHostTransport(const Config& config, const Clock& clock,
                                             Status* status);

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_SEND_HOST_TRANSPORT_H_
