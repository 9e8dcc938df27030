// The store that is in use: the file at the path, or memory while the disk cannot be reached; and
// what the host has been told about it. StoreKeeper decides when it is opened, repaired or moved.
//
// Invariants: from Make to LetGo there is one store, and at most one that it replaces and whose
// remaining rows it still has to take over; trouble is told once, and its end only if the trouble
// was told.

#ifndef EMBEDDABLES_AGENT_WORKER_STORE_IN_USE_H_
#define EMBEDDABLES_AGENT_WORKER_STORE_IN_USE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "agent/base/reporter.h"
#include "agent/base/time.h"
#include "agent/send/courier.h"
#include "agent/store/store.h"
#include "embeddables/agent.h"
#include "platform/clock.h"
#include "platform/files.h"
#include "platform/process_registry.h"

namespace embeddables {

class StoreInUse {
 public:
  StoreInUse(const Config& config, const Clock& clock, Reporter& reporter, Courier& courier)
      : config_(config), clock_(clock), reporter_(reporter), courier_(courier) {}
  ~StoreInUse();

  // --- Before Make.
  void UseProcess(ProcessMember* process) { process_ = process; }
  void UseFiles(const FileSystem& files) { files_ = &files; }
  void Make(const std::string& path);

  Store* operator->() const { return store_.get(); }
  const FileSystem& files() const { return *files_; }
  const std::string& path() const { return path_; }
  // Is there a process that keeps its agents from sharing one store? Without it, nothing is left in
  // memory for the next start either.
  bool in_process() const { return process_ != nullptr; }
  // Only one agent of this process may use a store.
  Status Claim(bool wait);
  // The store is closed: other agents of this process may use it.
  void EndClaim();
  void LetGo();

  // --- Memory in place of the disk.
  bool in_memory() const { return in_memory_; }
  Status OpenInMemory(const Status& why);
  // At the end: what it holds ends with it, and is counted as dropped.
  void DropMemory();

  // The courier uses the store from here on.
  void HandToCourier() { courier_.UseStore(store_.get()); }

  // --- Another file takes its place: that one is opened beside this one, and is then used or
  // dropped. Null: it cannot be opened now.
  Store* OpenNext();
  void DropNext() { next_.reset(); }
  void UseNext();
  bool replaces() const { return replaced_ != nullptr; }
  // False: not all is taken over yet.
  bool TakeOverReplaced();
  // False: the file has content that would be lost if it were closed for ever now.
  bool IsWhole() const { return store_->trouble() == Trouble::kNone && !replaces(); }

  // Counts events that no store took and no memory keeps as dropped, and tells the host.
  void CountLost(std::uint64_t events);
  // --- Numbers; they include those of the store that is replaced.
  Ledger WholeLedger() const;
  // Includes the events that were delivered before they were stored.
  std::uint64_t DeliveredByNow() const {
    return store_->ledger().delivered + courier_.early().delivered();
  }
  std::uint64_t BytesWritten();
  // When to try again what has just failed: soon, if a call waits (`awaited`) and another program
  // has the store locked.
  BootTime RetryAt(BootTime now, std::int64_t otherwise_ms, bool awaited) const;

  // --- Messages to the host.
  void TellFailed();
  void TellRecovered(const char* how);
  void TellDamage();
  // Comes before anything is dropped for a setting that is stricter now.
  void TellSettings();
  void TellDrops();

 private:
  const Config& config_;
  const Clock& clock_;
  Reporter& reporter_;
  Courier& courier_;
  ProcessMember* process_ = nullptr;
  const FileSystem* files_ = &SystemFiles();

  std::string path_;
  std::unique_ptr<Store> store_, next_, replaced_;
  bool in_memory_ = false;
  std::uint64_t bytes_written_ = 0;
  std::uint64_t lost_ = 0;  // in no store's ledger

  bool failure_told_ = false;
  bool near_bound_told_ = false;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_WORKER_STORE_IN_USE_H_
