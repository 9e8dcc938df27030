// Which process of those on a store sends: the one that holds the lock beside it. Only that one may
// checkpoint; the others ring at its door when they want something of it. Peers answers the door.
//
// Memory in place of the disk has no other processes.

#ifndef EMBEDDABLES_AGENT_WORKER_SENDER_ROLE_H_
#define EMBEDDABLES_AGENT_WORKER_SENDER_ROLE_H_

#include <cstdint>
#include <string>

#include "agent/api/reporter.h"
#include "agent/worker/file_trouble.h"
#include "agent/worker/store_in_use.h"
#include "embeddables/agent.h"
#include "platform/process_lock.h"

namespace embeddables {

class SenderRole {
 public:
  enum class Ring : char { kAppended = 'a', kSendNow = 's', kCheckpoint = 'c', kErase = 'e' };

  SenderRole(const Config& config, Reporter& reporter, StoreInUse& store)
      : config_(config), reporter_(reporter), store_(store) {}

  // --- The lock.
  bool IsSender() const { return store_.in_memory() || lock_.held(); }
  bool OthersSend() const { return !config_.store_only && !IsSender(); }
  bool has_lock() const { return lock_.held(); }
  // Before the store is opened.
  void TryToOpenAsSender();
  // Nobody sends while the file cannot be opened that tells who does.
  bool TryLock();
  // Somebody who removes the lock's file lets another process become the sender. The one that has a
  // file of that name locked is it.
  bool HasLostLock() const { return lock_.held() && !lock_.StillAt(LockPath()); }
  void Release() { lock_.Release(); }
  // Why the lock's file could not be opened by the last try; empty: it could.
  const std::string& trouble() const { return lock_.trouble(); }
  // The same as the host was told it.
  const std::string& told() const { return trouble_.told(); }

  // --- When to try again to become the sender: after each append, and every few seconds while rows
  // are pending, so that the sender's death is made good.
  void TryNow() { try_at_ = 0; }
  bool IsTimeToTry(std::int64_t now);
  // When to look what the sender does for the rows that are pending; -1: never. A call that waits
  // for it (`awaited`) has it looked for soon.
  std::int64_t NextTry(std::int64_t now, bool awaited) const;

  // --- What the others ask of the sender.
  void Tell(Ring what) const;
  void KeepLogShort();
  // Deleted rows are still in the log until a checkpoint. `asked`: was the sender asked for one?
  // False: not yet; try again later.
  bool EraseTraces(bool* asked);

 private:
  std::string LockPath() const { return store_.path() + ".lock"; }

  const Config& config_;
  Reporter& reporter_;
  StoreInUse& store_;
  ProcessLock lock_;
  FileTrouble trouble_{" cannot be opened: ",
                       ". Events are stored, and sent as soon as it can be opened"};
  std::int64_t try_at_ = 0;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_WORKER_SENDER_ROLE_H_
