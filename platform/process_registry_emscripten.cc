#include <atomic>
#include <cstdint>
#include <mutex>

#include "platform/process_registry.h"

namespace embeddables {

// There is no fork. At exit, which few pages have, an agent without a thread does nothing. Another
// copy of this library is another module of WebAssembly, with files of its own.
struct ProcessMember::Registry {
  std::mutex members_mutex;
  ProcessMember* members = nullptr;

  // Has an agent other than this one claimed the file?
  bool Has(const FileId& file, const ProcessMember* but) const {
    for (const ProcessMember* each = members; each != nullptr; each = each->next_) {
      if (each != but && each->claimed_.load(std::memory_order_acquire) && each->file_ == file) {
        return true;
      }
    }
    return false;
  }
};

namespace {

ProcessMember::Registry registry;  // constant-initialised
std::atomic<std::uint64_t> generation{1};

}  // namespace

ProcessMember::Entry ProcessMember::Join() {
  const std::lock_guard<std::mutex> lock(registry.members_mutex);
  page_ = &generation;
  generation_ = generation.load(std::memory_order_relaxed);
  next_ = registry.members;
  registry.members = this;
  joined_ = true;
  return Entry::kIn;
}

bool ProcessMember::WatchExit() { return true; }
bool ProcessMember::EndAtExit() { return true; }

void ProcessMember::Leave() {
  EndClaim();
  if (!joined_) return;
  const std::lock_guard<std::mutex> lock(registry.members_mutex);
  ProcessMember** link = &registry.members;
  while (*link != this) link = &(*link)->next_;
  *link = next_;
  joined_ = false;
}

bool AnotherCopyHas(const FileId&) { return false; }

bool ProcessMember::ClaimFile(const FileId& file, bool) {
  const std::lock_guard<std::mutex> lock(registry.members_mutex);
  return ClaimHere(file);
}

bool ProcessMember::ClaimHere(const FileId& file) {
  if (registry.Has(file, this)) return false;
  file_ = file;
  claimed_.store(true, std::memory_order_relaxed);
  return true;
}

void ProcessMember::EndClaim() { claimed_.store(false, std::memory_order_release); }

}  // namespace embeddables
