#include <cstdint>
#include <mutex>
#include <new>
#include <string>

#include "platform/paths.h"
#include "platform/process_lock.h"

namespace embeddables {
namespace {

// The system grants each lock on a file to everybody. There is one process, so that a list of the
// files whose locks are held will do.
struct Held {
  FileId file;
  Held* next;
};
std::mutex held_mutex;
Held* held_locks = nullptr;

bool IsHeld(const FileId& file) {
  for (const Held* each = held_locks; each != nullptr; each = each->next) {
    if (each->file == file) return true;
  }
  return false;
}

}  // namespace

bool ProcessLock::TryAcquire(const std::string& path, const std::string& beside) {
  if (held()) return true;
  trouble_.clear();
  FileId file;
  if (!MakePrivateFile(path, &trouble_, beside)) return false;
  if (FindFile(path, &file) != Presence::kThere) return false;
  const std::lock_guard<std::mutex> guard(held_mutex);
  if (IsHeld(file)) return false;
  auto* lock = new (std::nothrow) Held{file, held_locks};
  if (lock == nullptr) return false;
  held_locks = lock;
  lock_ = Handle(reinterpret_cast<std::intptr_t>(lock));
  file_ = NamedFile(file);
  return true;
}

Presence ProcessLock::Find(const std::string& path) {
  FileId file;
  const Presence there = FindFile(path, &file);
  if (there != Presence::kThere) return there;
  const std::lock_guard<std::mutex> guard(held_mutex);
  return IsHeld(file) ? Presence::kThere : Presence::kMissing;
}

void ProcessLock::Release() {
  if (!held()) return;
  const std::lock_guard<std::mutex> guard(held_mutex);
  auto* lock = reinterpret_cast<Held*>(lock_.native());
  Held** link = &held_locks;
  while (*link != lock) link = &(*link)->next;
  *link = lock->next;
  delete lock;
  lock_ = Handle();
}

}  // namespace embeddables
