#include <fenv.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>

#include "platform/system_windows.h"
#include "platform/thread.h"

namespace embeddables {
namespace {

// Belongs to the thread and to its Thread; the last one frees it.
struct Shared {
  const char* name;
  void (*run)(void*);
  void* argument;
  HMODULE module;         // where the code is, which stays loaded as long as the thread runs it
  HANDLE done = nullptr;  // set once `run` has returned
  HANDLE thread = nullptr;
  std::atomic<int> owners{2};
};

void LetGo(Shared* shared) {
  if (shared->owners.fetch_sub(1) != 1) return;
  CloseHandle(shared->done);
  if (shared->thread != nullptr) CloseHandle(shared->thread);
  delete shared;
}

void Name(const char* name) {
  using Describe = HRESULT(WINAPI*)(HANDLE, const wchar_t*);
  const auto describe =
      FunctionOf<Describe>(GetModuleHandleW(L"kernel32.dll"), "SetThreadDescription");
  if (describe != nullptr) describe(GetCurrentThread(), WideText(name).c_str());
}

DWORD WINAPI Enter(void* raw) {
  auto* shared = static_cast<Shared*>(raw);
  const HMODULE module = shared->module;
  fesetenv(FE_DFL_ENV);
  Name(shared->name);
  shared->run(shared->argument);
  SetEvent(shared->done);
  LetGo(shared);
  FreeLibraryAndExitThread(module, 0);
}

Shared* SharedOf(std::uintptr_t handle) { return reinterpret_cast<Shared*>(handle); }

// A thread's very end needs the loader's lock. A caller that has that lock, as code does that runs
// when its DLL is unloaded, would wait for ever. Then nothing of ours is left to run in the thread,
// and the wait ends without it.
constexpr DWORD kLoaderMs = 1'000;

bool AwaitEnd(const Shared& shared, DWORD ms) {
  // A thread that the system has ended at the process's exit sets no event.
  const HANDLE either[] = {shared.done, shared.thread};
  if (WaitForMultipleObjects(2, either, FALSE, ms) == WAIT_TIMEOUT) return false;
  WaitForSingleObject(shared.thread, kLoaderMs);
  return true;
}

}  // namespace

bool Thread::Start(const char* name, std::size_t stack_bytes, void (*run)(void*), void* argument) {
  HMODULE module = nullptr;
  if (GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS,
                         reinterpret_cast<const wchar_t*>(&Enter), &module) == 0) {
    return false;
  }
  auto* shared = new (std::nothrow) Shared{name, run, argument, module};
  if (shared != nullptr) shared->done = CreateEventW(nullptr, TRUE, FALSE, nullptr);
  if (shared != nullptr && shared->done != nullptr) {
    // It begins once both know its handle.
    shared->thread = CreateThread(nullptr, stack_bytes, &Enter, shared,
                                  CREATE_SUSPENDED | STACK_SIZE_PARAM_IS_A_RESERVATION, nullptr);
  }
  if (shared == nullptr || shared->thread == nullptr) {
    if (shared != nullptr && shared->done != nullptr) CloseHandle(shared->done);
    delete shared;
    FreeLibrary(module);
    return false;
  }
  ResumeThread(shared->thread);
  handle_ = reinterpret_cast<std::uintptr_t>(shared);
  running_ = true;
  return true;
}

void Thread::Join() {
  if (!running_) return;
  AwaitEnd(*SharedOf(handle_), INFINITE);
  Detach();
}

bool Thread::JoinUntil(std::chrono::steady_clock::time_point until) {
  if (!running_) return true;
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
  const std::int64_t ms = std::clamp<std::int64_t>(left.count(), 0, INFINITE - 1);
  if (!AwaitEnd(*SharedOf(handle_), static_cast<DWORD>(ms))) return false;
  Detach();
  return true;
}

void Thread::Detach() {
  if (running_) LetGo(SharedOf(handle_));
  running_ = false;
}

// A thread inherits neither its creator's priority nor its processors here.
const char* BecomeOrdinaryThread() { return nullptr; }

std::size_t CurrentThreadId() { return GetCurrentThreadId(); }

void ParkThisThread() {
  for (;;) Sleep(INFINITE);
}

}  // namespace embeddables
