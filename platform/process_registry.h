// The state that the agents of one process share. It is a global (the only other one is libcurl's
// once flag in transport.cc): constant-initialised, without a destructor, empty until the first
// Start.
//
//   one agent per store  A second one would be the first one's rival in its own process, so it is
//                        refused. That includes an agent of another copy of this library (a plug-in
//                        with one of its own), which has a registry of its own: SQLite's locks do
//                        not work between two copies of SQLite in a process. An open handle that
//                        only this process sees says which file an agent has.
//   fork                 The child finds every agent of its parent ended, at the price of one load.
//                        Descriptors that must not live on in it are closed: a lock held there
//                        would outlive the parent. The child must be able to use SQLite and
//                        OpenSSL, whose locks must not stay with a thread that is gone. So fork
//                        waits until the agents rest: up to kForkWait, mostly not at all. If it
//                        waited in vain, the child may have such a lock, so no agent joins there.
//   exit                 OpenSSL cleans up at exit while other threads still run: before that, each
//                        agent gets up to kExitWait to store what it has, and to end. An agent that
//                        is then in a call of libcurl is waited for, as that call computes (parsing
//                        a CA bundle takes a slow device hundreds of milliseconds) and would crash
//                        if left alone. One that is still being started has no thread and
//                        nothing to store: exit leaves it alone, and Start is refused then.

#ifndef EMBEDDABLES_PLATFORM_PROCESS_REGISTRY_H_
#define EMBEDDABLES_PLATFORM_PROCESS_REGISTRY_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <thread>

#include "platform/handle.h"
#include "platform/paths.h"

namespace embeddables {

// Has an agent of another copy of this library, in this process, claimed the file? Any thread.
// False if the system does not say.
bool AnotherCopyHas(const FileId& file);

inline constexpr std::chrono::milliseconds kForkWait{100};
inline constexpr std::chrono::milliseconds kExitWait{100};
inline constexpr std::chrono::milliseconds kExitWaitForTransport{2000};

using SteadyTime = std::chrono::steady_clock::time_point;

// Can the lock be had by then? If not, the thread that has it may be the one that asks: a signal's
// handler has called exit in the middle of a call, and the lock never comes free.
inline bool ComesFree(std::mutex* mutex, SteadyTime until) {
  while (!mutex->try_lock()) {
    if (std::chrono::steady_clock::now() >= until) return false;
    std::this_thread::sleep_for(std::chrono::microseconds(500));
  }
  mutex->unlock();
  return true;
}

// One agent's membership. Join and Leave mark the ends of its life; the process calls the hooks.
class ProcessMember {
 public:
  struct Registry;  // of the process, behind the functions here

  ProcessMember() = default;
  ProcessMember(const ProcessMember&) = delete;
  ProcessMember& operator=(const ProcessMember&) = delete;

  // Comes before any library is used: from here on fork waits for this agent's Rest.
  enum class Entry : std::uint8_t { kIn, kExiting, kCaughtInFork, kNoMemory };
  Entry Join();
  // Comes after the libraries that the agent uses were initialised: the exit handler that was added
  // last runs first. False: the process is exiting.
  bool WatchExit();
  // Comes when the agent is whole, before its thread is started: from here on exit ends it. False:
  // the process is exiting.
  bool EndAtExit();
  void Leave();
  // May be called on any thread; costs one load. False in a forked child, where the agent must not
  // be touched.
  bool InItsProcess() const { return generation_ == page_->load(std::memory_order_relaxed); }

  // Makes `file` this agent's alone in this process, until EndClaim. If a child wants its parent's
  // file, the inherited handle is closed first. False: another agent has the file, or one of
  // another copy of this library. On the agent's own thread, or within its gate, the call must not
  // `wait` for a fork or an exit under way, which in turn wait for the agent: it returns false
  // then.
  bool ClaimFile(const FileId& file, bool wait);
  // The file is closed, and any agent may have it. May be called on any thread; waits for nothing
  // but a fork under way.
  void EndClaim();

 protected:
  ~ProcessMember() = default;

  // exit was called after EndAtExit: BeginExit starts to end the agent, and waits for no more than
  // a lock; AwaitExit waits, and after `until` makes sure that the agent's thread touches no
  // library any more.
  virtual void BeginExit(SteadyTime until) = 0;
  virtual void AwaitExit(SteadyTime until) = 0;
  // Called before fork: the agent comes to rest and stays so until Continue. False: not in time.
  virtual bool Rest(SteadyTime until) = 0;
  virtual void Continue() = 0;
  // Called in the child of a fork before which the agent rested: closes the store without touching
  // files.
  virtual void CloseInherited() = 0;

 private:
  bool ClaimHere(const FileId& file);  // among the agents of this copy

  const std::atomic<std::uint64_t> nowhere_{0};  // before Join
  const std::atomic<std::uint64_t>* page_ = &nowhere_;
  std::uint64_t generation_ = 0;
  // Guarded by the registry.
  ProcessMember* next_ = nullptr;
  bool joined_ = false;
  [[maybe_unused]] bool ends_at_exit_ = false;
  [[maybe_unused]] bool rested_ = false;  // the agent rested when the process forked
  FileId file_;
  std::atomic<bool> claimed_{false};  // the file is this agent's
  // Says so to other copies of this library.
  [[maybe_unused]] std::atomic<std::intptr_t> mark_{Handle().native()};
};

}  // namespace embeddables

#endif  // EMBEDDABLES_PLATFORM_PROCESS_REGISTRY_H_
