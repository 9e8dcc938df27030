// Calls about dead letters: DeadLetters lists them, Requeue makes them pending again.

#ifndef EMBEDDABLES_AGENT_WORKER_CALLS_DEAD_LETTER_CALLS_H_
#define EMBEDDABLES_AGENT_WORKER_CALLS_DEAD_LETTER_CALLS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "agent/worker/calls/call.h"
#include "embeddables/agent.h"

namespace embeddables {

class DeadLettersCall : public Call {
 public:
  DeadLettersCall(std::size_t limit, std::int64_t after)
      : Call(Late::kGivesUp), limit_(limit), after_(after) {}
  bool Step(const Desk& desk, Status* status) override;

  std::vector<DeadLetter> letters;

 private:
  const std::size_t limit_;
  const std::int64_t after_;
};

class RequeueCall : public Call {
 public:
  // 0 means all.
  explicit RequeueCall(std::int64_t id) : Call(Late::kGivesUp), id_(id) {}
  bool Step(const Desk& desk, Status* status) override;

  std::uint64_t count = 0;

 private:
  const std::int64_t id_;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_WORKER_CALLS_DEAD_LETTER_CALLS_H_
