// Decides which of the processes on a store is the sender: the one that holds the lock beside it.
// Only the sender may checkpoint; the others ring its doorbell when they need something. Peers
// answers the doorbell.
//
// A store in memory has no other processes.

#ifndef EMBEDDABLES_AGENT_WORKER_SENDER_ROLE_H_
#define EMBEDDABLES_AGENT_WORKER_SENDER_ROLE_H_

#include <string>

#include "agent/base/reporter.h"
#include "agent/base/time.h"
#include "agent/worker/file_trouble.h"
#include "agent/worker/store_in_use.h"
#include "embeddables/agent.h"
#include "platform/process_lock.h"

namespace embeddables {

class SenderRole {
 public:
  // A process of an older version ignores a ring that it does not know.
  enum class Ring : char {
    kAppended = 'a',
    kSendNow = 's',
    kCheckpoint = 'c',
    kErase = 'e',
    kTryNow = 't',  // as Resume does
    kNewKey = 'k',
  };

  SenderRole(const Config& config, Reporter& reporter, StoreInUse& store)
      : config_(config), reporter_(reporter), store_(store) {}

  // --- The lock.
  bool IsSender() const { return store_.in_memory() || lock_.held(); }
  bool OthersSend() const { return !config_.store_only && !IsSender(); }
  bool has_lock() const { return lock_.held(); }
  // Comes before the store is opened.
  void TryToOpenAsSender();
  // No process sends while the lock's file cannot be opened.
  bool TryLock();
  // If somebody removes the lock's file, another process can become the sender: the sender is the
  // process whose lock is on the file of that name.
  bool HasLostLock() const { return lock_.held() && !lock_.StillAt(LockPath()); }
  void Release() { lock_.Release(); }
  // A store that has moved with its lock has no sender until its rows are taken over.
  void PutLockAside() { aside_.TakeFrom(&lock_); }
  void DropLockAside() { aside_.Release(); }
  // Why the last try could not open the lock's file; empty if it could.
  const std::string& trouble() const { return lock_.trouble(); }
  // The same, in the words that the host was told.
  const std::string& told() const { return trouble_.told(); }

  // --- When to try again to become the sender: after each append, and every few seconds while rows
  // are pending, so that a dead sender is replaced.
  void TryNow() { try_at_ = BootTime(); }
  void LetOthersTry(BootTime now);
  bool IsTimeToTry(BootTime now);
  // When to check on the sender because rows are pending. It is soon if a call waits for the rows
  // (`awaited`).
  BootTime NextTry(BootTime now, bool awaited) const;

  // --- Requests to the sender.
  void Tell(Ring what);
  // The last one was rung in vain: the sender may listen by now.
  void TellAgain() {
    if (unheard_) Tell(Ring::kAppended);
  }
  void KeepLogShort();
  // The log keeps deleted rows until a checkpoint. `asked`: was the sender asked for one? Returns
  // false if that is still to come; try again later.
  bool EraseTraces(bool* asked);

 private:
  std::string LockPath() const { return store_.path() + ".lock"; }

  const Config& config_;
  Reporter& reporter_;
  StoreInUse& store_;
  ProcessLock lock_, aside_;
  FileTrouble trouble_{" cannot be opened: ",
                       ". Events are stored, and sent as soon as it can be opened"};
  BootTime try_at_;
  bool unheard_ = false;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_WORKER_SENDER_ROLE_H_
