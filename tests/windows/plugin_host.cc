// Loads a DLL that leaves an agent behind, and ends: plugin_host DLL STORE URL

#include <windows.h>

#include <cstdio>
#include <cstdlib>

int main(int count, char** words) {
  if (count != 4) return 2;
  const HMODULE plugin = LoadLibraryA(words[1]);
  if (plugin == nullptr) return 3;
  const auto leave = reinterpret_cast<int (*)(const char*, const char*, int)>(
      reinterpret_cast<void*>(GetProcAddress(plugin, "LeaveAgent")));
  std::printf("accepted %d", leave(words[2], words[3], 20));
  std::fflush(stdout);
  std::exit(0);
}
