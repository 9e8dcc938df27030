#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>

#include "platform/process_registry.h"
#include "platform/system_windows.h"

namespace embeddables {

// There is no fork, so that all agents are of one generation.
struct ProcessMember::Registry {
  std::mutex members_mutex;
  ProcessMember* members = nullptr;
  bool watches_exit = false;
  bool exiting = false;

  // Has an agent of this copy, other than this one, claimed the file?
  bool Has(const FileId& file, const ProcessMember* but) const {
    for (const ProcessMember* each = members; each != nullptr; each = each->next_) {
      if (each != but && each->claimed_.load(std::memory_order_acquire) && each->file_ == file) {
        return true;
      }
    }
    return false;
  }

  static void AtExit();
};

namespace {

ProcessMember::Registry registry;  // constant-initialised
std::atomic<std::uint64_t> generation{1};

HMODULE ThisModule(DWORD how) {
  HMODULE module = nullptr;
  const auto* here = reinterpret_cast<const wchar_t*>(&registry);
  GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | how, here, &module);
  return module;
}

bool IsInDll() {
  return ThisModule(GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT) != GetModuleHandleW(nullptr);
}

// A mark is an event without a use that exists as long as the claim lasts; its name is that of the
// claim. Versions of this library that meet in one process agree on the name's form.
std::wstring MarkOf(const FileId& file) {
  char text[128];
  std::snprintf(text, sizeof text, "Local\\embeddables-agent:%lu:%llx:%llx",
                static_cast<unsigned long>(GetCurrentProcessId()),
                static_cast<unsigned long long>(file.device),
                static_cast<unsigned long long>(file.number));
  return WideText(text);
}

// None: the system makes none, so that nobody is warned. *taken: another copy has it.
Handle MakeMark(const FileId& file, bool* taken) {
  const HANDLE mark = CreateEventW(nullptr, TRUE, FALSE, MarkOf(file).c_str());
  *taken = mark != nullptr && GetLastError() == ERROR_ALREADY_EXISTS;
  if (mark == nullptr) return Handle();
  if (*taken) CloseHandle(mark);
  return *taken ? Handle() : HandleFrom(mark);
}

void RemoveMark(std::intptr_t mark) {
  Handle handle(mark);
  Drop(&handle);
}

}  // namespace

// Runs at exit of a program that contains the agent. In a DLL it runs under the loader's lock,
// where nothing may be waited for, and then no agent lives: either the DLL is unloaded, which those
// that live do not let happen, or the process ends, and the system has ended their threads before.
void ProcessMember::Registry::AtExit() {
  if (IsInDll()) return;
  const std::lock_guard<std::mutex> lock(registry.members_mutex);
  registry.exiting = true;
  const SteadyTime until = std::chrono::steady_clock::now() + kExitWait;
  for (ProcessMember* each = registry.members; each != nullptr; each = each->next_) {
    if (each->ends_at_exit_) each->BeginExit(until);
  }
  for (ProcessMember* each = registry.members; each != nullptr; each = each->next_) {
    if (each->ends_at_exit_) each->AwaitExit(until);
  }
}

// An agent that lives keeps its DLL: the host's FreeLibrary unloads that only when the last one has
// been shut down.
ProcessMember::Entry ProcessMember::Join() {
  const std::lock_guard<std::mutex> lock(registry.members_mutex);
  if (registry.exiting) return Entry::kExiting;
  if (ThisModule(0) == nullptr) return Entry::kNoMemory;
  page_ = &generation;
  generation_ = generation.load(std::memory_order_relaxed);
  next_ = registry.members;
  registry.members = this;
  joined_ = true;
  return Entry::kIn;
}

bool ProcessMember::WatchExit() {
  const std::lock_guard<std::mutex> lock(registry.members_mutex);
  if (registry.exiting) return false;
  if (!registry.watches_exit) {
    registry.watches_exit = std::atexit(ProcessMember::Registry::AtExit) == 0;
  }
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
  {
    const std::lock_guard<std::mutex> lock(registry.members_mutex);
    ProcessMember** link = &registry.members;
    while (*link != this) link = &(*link)->next_;
    *link = next_;
    joined_ = false;
  }
  // The host, or the agent's own thread, has a reference of its own to what returns from here.
  FreeLibrary(ThisModule(GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT));
}

bool AnotherCopyHas(const FileId& file) {
  const std::lock_guard<std::mutex> lock(registry.members_mutex);
  const HANDLE mark = OpenEventW(SYNCHRONIZE, FALSE, MarkOf(file).c_str());
  if (mark == nullptr) return false;
  CloseHandle(mark);
  return !registry.Has(file, nullptr);
}

bool ProcessMember::ClaimFile(const FileId& file, bool wait) {
  std::unique_lock<std::mutex> lock(registry.members_mutex, std::defer_lock);
  if (wait) {
    lock.lock();
  } else if (!lock.try_lock()) {
    return false;
  }
  if (!ClaimHere(file)) return false;
  RemoveMark(mark_.exchange(Handle().native()));  // of the file before
  bool taken = false;
  const Handle mark = MakeMark(file, &taken);
  if (taken) {
    claimed_.store(false, std::memory_order_release);
    return false;
  }
  mark_.store(mark.native());
  return true;
}

bool ProcessMember::ClaimHere(const FileId& file) {
  if (registry.Has(file, this)) return false;
  file_ = file;
  claimed_.store(true, std::memory_order_relaxed);
  return true;
}

void ProcessMember::EndClaim() {
  RemoveMark(mark_.exchange(Handle().native()));
  claimed_.store(false, std::memory_order_release);
}

}  // namespace embeddables
