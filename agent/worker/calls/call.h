// One call of the host to the worker: a class per verb, with the inputs and results of that verb
// alone.
//
//   made -> posted (in the mailbox) -> started -> stepped, once per step of the worker -> done
//                                                    deadline passed: done as far as it came
//
// It is shared, because a caller whose deadline passes leaves before the worker is done with it.
// The caller sets everything before it posts; then the call is the worker's, until Finish under the
// mailbox's mutex gives it back with its results.

#ifndef EMBEDDABLES_AGENT_WORKER_CALLS_CALL_H_
#define EMBEDDABLES_AGENT_WORKER_CALLS_CALL_H_

#include <cstdint>
#include <memory>
#include <utility>

#include "embeddables/agent.h"

namespace embeddables {

class ErasureCall;
struct Desk;
struct Mailbox;

class Call {
 public:
  // A caller leaves at the deadline: then its call gives up, or is carried out all the same.
  enum class Late : std::uint8_t { kGivesUp, kIsCarriedOut };

  explicit Call(Late late);
  virtual ~Call();
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  // --- On the caller's thread.
  // `deadline_ms`: boot clock; `position`: of the intake, its place in the order of what is
  // tracked.
  void Place(std::int64_t deadline_ms, std::uint64_t position) {
    deadline_ms_ = deadline_ms;
    position_ = position;
  }
  // Under the mailbox's mutex: what holds from the moment at which it is there.
  virtual void Posted(Mailbox*) {}

  // --- On the worker's thread.
  // Before anything else of the step that finds it in the mailbox, whatever the disk says.
  virtual void Start(const Desk&) {}
  // True: it is done, and came to *status.
  virtual bool Step(const Desk& desk, Status* status) = 0;
  // Its deadline has passed, and it gives up: takes note of what was done.
  virtual void GiveUp(const Desk&) {}
  // The store is another file now: row numbers that it knows are void, and counts begin with these.
  virtual void StoreMoved(const Ledger&) {}
  // The agent ends with it.
  virtual bool ends_agent() const { return false; }
  // The same call, if it is about what may be kept.
  virtual ErasureCall* erasure() { return nullptr; }

  std::int64_t deadline_ms() const { return deadline_ms_; }
  std::uint64_t position() const { return position_; }
  bool IsLate(std::int64_t now) const { return now >= deadline_ms_; }
  bool gives_up() const { return late_ == Late::kGivesUp; }

  // --- Under the mailbox's mutex.
  void Finish(const Status& status) {
    status_ = status;
    done_ = true;
  }
  bool done() const { return done_; }
  const Status& status() const { return status_; }

 private:
  const Late late_;
  std::int64_t deadline_ms_ = 0;
  std::uint64_t position_ = 0;
  bool done_ = false;
  Status status_;
};

// In place of std::make_shared, which needs code of its own for each kind.
template <class Kind, class... Inputs>
std::shared_ptr<Kind> MakeCall(Inputs&&... inputs) {
  auto* const call = new Kind(std::forward<Inputs>(inputs)...);
  return std::shared_ptr<Kind>(std::shared_ptr<Call>(static_cast<Call*>(call)), call);
}

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_WORKER_CALLS_CALL_H_
