// One call of the host to the worker: there is a class per verb, with the inputs and results of
// that verb alone.
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

#include "agent/base/time.h"
#include "embeddables/agent.h"

namespace embeddables {

class ErasureCall;
struct Desk;
struct Mailbox;

class Call {
 public:
  // A caller leaves at the deadline; its call then gives up, or is carried out all the same.
  enum class Late : std::uint8_t { kGivesUp, kIsCarriedOut };

  explicit Call(Late late);
  virtual ~Call();
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  // --- On the caller's thread.
  // `position`, the intake's, is the call's place among the tracked records.
  void Place(BootTime now, std::int64_t timeout_ms, std::uint64_t position) {
    made_ = now;
    deadline_ = now + timeout_ms;
    position_ = position;
  }
  // Runs under the mailbox's mutex, and does whatever must take effect as soon as the call is
  // there.
  virtual void Posted(Mailbox*) {}

  // --- On the worker's thread.
  // Runs before anything else in the step that finds the call in the mailbox, whatever the disk
  // says.
  virtual void Start(const Desk&) {}
  // True: the call is done, with *status as its result.
  virtual bool Step(const Desk& desk, Status* status) = 0;
  // The deadline has passed, and the call gives up: takes note of what was done.
  virtual void GiveUp(const Desk&) {}
  // The store is another file now: the call's row numbers are void, and its counts begin with
  // these.
  virtual void StoreMoved(const Ledger&) {}
  // The agent ends with this call.
  virtual bool ends_agent() const { return false; }
  // The same call, if it is about what may be kept; else null.
  virtual ErasureCall* erasure() { return nullptr; }

  // It waits for answers of the server, not for the disk alone.
  virtual bool awaits_answers() const { return false; }
  // No answer can come while it waits: it is late from here on.
  void EndEarly() { ends_early_ = true; }

  BootTime made() const { return made_; }
  BootTime deadline() const { return deadline_; }
  std::uint64_t position() const { return position_; }
  bool IsLate(BootTime now) const { return ends_early_ || now >= deadline_; }
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
  BootTime made_;
  BootTime deadline_;
  std::uint64_t position_ = 0;
  bool ends_early_ = false;
  bool done_ = false;
  Status status_;
};

// Used in place of std::make_shared, which generates code for each kind.
template <class Kind, class... Inputs>
std::shared_ptr<Kind> MakeCall(Inputs&&... inputs) {
  auto* const call = new Kind(std::forward<Inputs>(inputs)...);
  return std::shared_ptr<Kind>(std::shared_ptr<Call>(static_cast<Call*>(call)), call);
}

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_WORKER_CALLS_CALL_H_
