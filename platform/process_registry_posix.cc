#include <pthread.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <mutex>

#include "platform/cancel_guard.h"
#include "platform/marks_posix.h"
#include "platform/paths.h"
#include "platform/private_file_posix.h"
#include "platform/process_registry.h"

namespace embeddables {

// The locks are taken in this order: members, an agent's rest, descriptors. All of them are held
// across a fork, so that they are intact in the child.
struct ProcessMember::Registry {
  std::mutex members_mutex;
  ProcessMember* members = nullptr;  // a parent's members stay in its children's list, ended
  bool watches_fork = false;
  bool watches_exit = false;
  bool exiting = false;
  bool caught_in_fork = false;  // an agent did not come to rest before this process was forked
  // A number that a fork turns to 0: the kernel wipes it in a page of its own or, if that cannot be
  // had, the fork handler clears it here.
  std::atomic<std::uint64_t>* page = nullptr;
  std::atomic<std::uint64_t> in_place{0};
  std::uint64_t last_generation = 0;

  std::mutex descriptors_mutex;
  struct Descriptor {
    int number;
    // Somebody else may have closed it (libcurl 7.88 closes a socket that is still connecting
    // without a word), and the number may be another file's by now.
    dev_t device;
    ino_t inode;
    bool IsOpen() const {
      struct stat now {};
      return fstat(number, &now) == 0 && now.st_dev == device && now.st_ino == inode;
    }
  };
  Descriptor* descriptors = nullptr;
  std::size_t descriptor_count = 0, descriptor_room = 0;

  bool WatchFork();
  bool Current(const ProcessMember* member) const {
    return member->generation_ == page->load(std::memory_order_relaxed);
  }

  bool EndsAtExit(const ProcessMember* member) const {
    return member->ends_at_exit_ && Current(member);
  }

  static void BeforeFork();
  static void AfterForkInParent();
  static void AfterForkInChild();
  static void AtExit();
};

namespace {

ProcessMember::Registry registry;  // constant-initialised

}  // namespace

bool ProcessMember::Registry::WatchFork() {
  if (!watches_fork) {
    if (pthread_atfork(BeforeFork, AfterForkInParent, AfterForkInChild) != 0) return false;
    page = MapWipedPage();
    if (page == nullptr) page = &in_place;
    watches_fork = true;
  }
  if (page->load(std::memory_order_relaxed) == 0) page->store(++last_generation);
  return true;
}

void ProcessMember::Registry::BeforeFork() {
  const CancelGuard guard;
  registry.members_mutex.lock();
  const SteadyTime until = std::chrono::steady_clock::now() + kForkWait;
  for (ProcessMember* each = registry.members; each != nullptr; each = each->next_) {
    if (registry.Current(each)) each->rested_ = each->Rest(until);
  }
  registry.descriptors_mutex.lock();
}

void ProcessMember::Registry::AfterForkInParent() {
  registry.descriptors_mutex.unlock();
  for (ProcessMember* each = registry.members; each != nullptr; each = each->next_) {
    if (registry.Current(each) && each->rested_) each->Continue();
  }
  registry.members_mutex.unlock();
}

void ProcessMember::Registry::AfterForkInChild() {
  for (ProcessMember* each = registry.members; each != nullptr; each = each->next_) {
    if (each->joined_ && !each->rested_) registry.caught_in_fork = true;
    each->mark_.store(Handle().native(), std::memory_order_relaxed);  // closed with the others
  }
  for (std::size_t i = 0; i < registry.descriptor_count; ++i) {
    if (registry.descriptors[i].IsOpen()) close(registry.descriptors[i].number);
  }
  registry.descriptor_count = 0;
  if (registry.page != nullptr) registry.page->store(0);
  registry.descriptors_mutex.unlock();
  registry.members_mutex.unlock();
}

// Runs at exit, and when a shared library that contains the agent is unloaded.
void ProcessMember::Registry::AtExit() {
  const CancelGuard guard;
  const SteadyTime last = std::chrono::steady_clock::now() + kExitWaitForTransport;
  if (!ComesFree(&registry.members_mutex, last)) {
    if (registry.page != nullptr)
      registry.page->store(0);  // all agents are left alone, as in a child
    return;
  }
  const std::lock_guard<std::mutex> lock(registry.members_mutex);
  registry.exiting = true;
  const SteadyTime until = std::chrono::steady_clock::now() + kExitWait;
  bool any = false;
  for (ProcessMember* each = registry.members; each != nullptr; each = each->next_) {
    any = true;
    if (registry.EndsAtExit(each)) each->BeginExit(until);
  }
  for (ProcessMember* each = registry.members; each != nullptr; each = each->next_) {
    if (registry.EndsAtExit(each)) each->AwaitExit(until);
  }
  if (any) return;
  if (registry.page != &registry.in_place) {
    UnmapWipedPage(registry.page);
  }
  registry.page = &registry.in_place;
  const std::lock_guard<std::mutex> descriptors_lock(registry.descriptors_mutex);
  std::free(registry.descriptors);
  registry.descriptors = nullptr;
  registry.descriptor_count = registry.descriptor_room = 0;
}

ProcessMember::Entry ProcessMember::Join() {
  const std::lock_guard<std::mutex> lock(registry.members_mutex);
  if (registry.caught_in_fork) return Entry::kCaughtInFork;
  if (registry.exiting) return Entry::kExiting;
  if (!registry.WatchFork()) return Entry::kNoMemory;
  page_ = registry.page;
  generation_ = registry.page->load(std::memory_order_relaxed);
  next_ = registry.members;
  registry.members = this;
  joined_ = true;
  return Entry::kIn;
}

bool ProcessMember::WatchExit() {
  const std::lock_guard<std::mutex> lock(registry.members_mutex);
  if (registry.exiting) return false;
  if (!registry.watches_exit)
    registry.watches_exit = std::atexit(ProcessMember::Registry::AtExit) == 0;
  return registry.watches_exit;
}

bool ProcessMember::EndAtExit() {
  const std::lock_guard<std::mutex> lock(registry.members_mutex);
  ends_at_exit_ = !registry.exiting;
  return ends_at_exit_;
}

void ProcessMember::Leave() {
  EndClaim();
  if (!joined_) return;
  const std::lock_guard<std::mutex> lock(registry.members_mutex);
  ProcessMember** link = &registry.members;
  while (*link != this) link = &(*link)->next_;
  *link = next_;
  joined_ = false;
}

bool ProcessMember::ClaimFile(const FileId& file, bool wait) {
  std::unique_lock<std::mutex> lock(registry.members_mutex, std::defer_lock);
  if (wait) {
    lock.lock();
  } else if (!lock.try_lock()) {
    return false;
  }
  // The mark comes before the look, so that of two copies that come at once not both go on.
  const std::intptr_t mark = MakeMark(file);
  const bool free = !AnotherCopyHas(file) && ClaimHere(file);
  RemoveMark(free ? mark_.exchange(mark) : mark);
  return free;
}

bool ProcessMember::ClaimHere(const FileId& file) {
  for (ProcessMember* each = registry.members; each != nullptr; each = each->next_) {
    if (each == this || !each->claimed_.load(std::memory_order_acquire) || !(each->file_ == file)) {
      continue;
    }
    if (registry.Current(each)) return false;
    each->CloseInherited();
    each->EndClaim();
  }
  file_ = file;
  claimed_.store(true, std::memory_order_relaxed);
  return true;
}

void ProcessMember::EndClaim() {
  RemoveMark(mark_.exchange(Handle().native()));
  claimed_.store(false, std::memory_order_release);
}

void CloseInForkedChild(int descriptor) {
  struct stat facts {};
  if (fstat(descriptor, &facts) != 0) return;
  KeepInForkedChild(descriptor);  // an older file of that number
  const std::lock_guard<std::mutex> lock(registry.descriptors_mutex);
  if (registry.descriptor_count == registry.descriptor_room) {
    const std::size_t room = registry.descriptor_room + 64;
    void* more = std::realloc(registry.descriptors, room * sizeof *registry.descriptors);
    if (more == nullptr) return;  // it lives on in children, which costs only their memory
    registry.descriptors = static_cast<ProcessMember::Registry::Descriptor*>(more);
    registry.descriptor_room = room;
  }
  registry.descriptors[registry.descriptor_count++] = {descriptor, facts.st_dev, facts.st_ino};
}

void KeepInForkedChild(int descriptor) {
  const std::lock_guard<std::mutex> lock(registry.descriptors_mutex);
  for (std::size_t i = 0; i < registry.descriptor_count; ++i) {
    if (registry.descriptors[i].number != descriptor) continue;
    registry.descriptors[i] = registry.descriptors[--registry.descriptor_count];
    return;
  }
}

bool ClosesInForkedChild(int descriptor) {
  const std::lock_guard<std::mutex> lock(registry.descriptors_mutex);
  for (std::size_t i = 0; i < registry.descriptor_count; ++i) {
    if (registry.descriptors[i].number == descriptor) return registry.descriptors[i].IsOpen();
  }
  return false;
}

void Drop(Handle* handle) {
  if (!handle->ok()) return;
  KeepInForkedChild(DescriptorOf(*handle));
  close(DescriptorOf(*handle));
  *handle = Handle();
}

}  // namespace embeddables
