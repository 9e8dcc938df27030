#include "platform/system_windows.h"
#include "tests/support/own_process.h"
// It needs the system's other headers before it.
#include <psapi.h>

#include <utility>

namespace embeddables::test {

std::uint64_t ResidentBytes() {
  PROCESS_MEMORY_COUNTERS counters{};
  counters.cb = sizeof counters;
  // psapi.dll need not be linked for this name.
  if (K32GetProcessMemoryInfo(GetCurrentProcess(), &counters, sizeof counters) == 0) return 0;
  return counters.WorkingSetSize;
}

// The parts are all known before the first is copied, or copies would be found as well.
std::vector<std::string> MemoryParts(std::size_t least, std::size_t most) {
  std::vector<std::pair<const void*, std::size_t>> found;
  MEMORY_BASIC_INFORMATION part{};
  for (const char* at = nullptr; VirtualQuery(at, &part, sizeof part) == sizeof part;
       at = static_cast<const char*>(part.BaseAddress) + part.RegionSize) {
    const bool written = part.State == MEM_COMMIT && part.Protect == PAGE_READWRITE;
    if (written && part.RegionSize >= least && part.RegionSize <= most) {
      found.push_back({part.BaseAddress, part.RegionSize});
    }
  }
  std::vector<std::string> parts;
  for (const auto& each : found) {
    std::string bytes(each.second, '\0');
    SIZE_T read = 0;
    // Another thread may free the part meanwhile.
    ReadProcessMemory(GetCurrentProcess(), each.first, bytes.data(), bytes.size(), &read);
    bytes.resize(read);
    parts.push_back(std::move(bytes));
  }
  return parts;
}

std::size_t CountTcpSockets() {
  std::vector<char> room(1 << 20);
  auto size = static_cast<DWORD>(room.size());
  if (GetExtendedTcpTable(room.data(), &size, FALSE, AF_INET, TCP_TABLE_OWNER_PID_ALL, 0) != 0) {
    return 0;
  }
  const auto* table = reinterpret_cast<const MIB_TCPTABLE_OWNER_PID*>(room.data());
  std::size_t count = 0;
  for (DWORD i = 0; i < table->dwNumEntries; ++i) {
    count += table->table[i].dwOwningPid == GetCurrentProcessId() ? 1 : 0;
  }
  return count;
}

// The system has none. tests/windows.sh names the build machine's, which Wine shows.
void UseMemoryDisk() {
  wchar_t folder[MAX_PATH];
  const DWORD size = GetEnvironmentVariableW(L"EMBEDDABLES_MEMORY_DISK", folder, MAX_PATH);
  if (size > 0 && size < MAX_PATH) SetEnvironmentVariableW(L"TMP", folder);
}

}  // namespace embeddables::test
