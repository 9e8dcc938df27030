#include "platform/system_windows.h"
#include "tests/support/thread_facts.h"
// It needs the system's other headers before it.
#include <tlhelp32.h>

namespace embeddables::test {
namespace {

std::string NameOf(HANDLE thread) {
  using Describe = HRESULT(WINAPI*)(HANDLE, wchar_t**);
  static const auto describe =
      FunctionOf<Describe>(GetModuleHandleW(L"kernel32.dll"), "GetThreadDescription");
  wchar_t* name = nullptr;
  if (describe == nullptr || FAILED(describe(thread, &name)) || name == nullptr) return "";
  const std::string narrow = NarrowText(name);
  LocalFree(name);
  return narrow;
}

}  // namespace

std::vector<int> ThreadsNamed(const std::string& name) {
  std::vector<int> ids;
  const HANDLE all = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
  THREADENTRY32 each{};
  each.dwSize = sizeof each;
  for (BOOL more = Thread32First(all, &each); more != 0; more = Thread32Next(all, &each)) {
    if (each.th32OwnerProcessID != GetCurrentProcessId()) continue;
    const HANDLE thread = OpenThread(THREAD_QUERY_LIMITED_INFORMATION, FALSE, each.th32ThreadID);
    if (thread == nullptr) continue;
    if (NameOf(thread) == name) ids.push_back(static_cast<int>(each.th32ThreadID));
    CloseHandle(thread);
  }
  CloseHandle(all);
  return ids;
}

std::uint64_t CpuOfThread(const std::string& name) {
  std::uint64_t hundred_ns = 0;
  for (const int id : ThreadsNamed(name)) {
    const HANDLE thread =
        OpenThread(THREAD_QUERY_LIMITED_INFORMATION, FALSE, static_cast<DWORD>(id));
    FILETIME made, ended, kernel, user;
    if (thread == nullptr) continue;
    if (GetThreadTimes(thread, &made, &ended, &kernel, &user) != 0) {
      for (const FILETIME& time : {kernel, user}) {
        hundred_ns += std::uint64_t{time.dwHighDateTime} << 32 | time.dwLowDateTime;
      }
    }
    CloseHandle(thread);
  }
  return hundred_ns / 10'000;
}

}  // namespace embeddables::test
