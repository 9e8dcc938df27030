// Loads the plug-in, runs its agent and unloads it, again and again.
//
//   unload_host PLUGIN STORE URL ROUNDS
//
// Exit code 0: each time its code was really gone afterwards, and so was the agent's thread. Prints
// how many events were accepted.

#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace {

bool Loaded(const std::string& name) {
  std::ifstream maps("/proc/self/maps");
  const std::string all{std::istreambuf_iterator<char>(maps), {}};
  return all.find(name) != std::string::npos;
}

long Threads() {
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  return std::distance(begin(tasks), end(tasks));
}

}  // namespace

int main(int argc, char** argv) {
  // A fifth argument names a library that the plug-in brings, and takes along.
  if (argc != 5 && argc != 6) return 2;
  const std::string plugin = argv[1];
  const long threads = Threads();
  long accepted = 0;
  for (int round = std::atoi(argv[4]); round > 0; --round) {
    void* library = dlopen(plugin.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
      std::fprintf(stderr, "%s\n", dlerror());
      return 3;
    }
    const auto run =
        reinterpret_cast<int (*)(const char*, const char*)>(dlsym(library, "RunAgent"));
    const int result = run == nullptr ? -1 : run(argv[2], argv[3]);
    if (result < 0) {
      std::fprintf(stderr, "the agent failed: %d\n", result);
      return 4;
    }
    accepted += result;
    if (dlclose(library) != 0) return 5;
    if (Loaded(plugin) || (argc == 6 && Loaded(argv[5]))) {
      std::fprintf(stderr, "the library was not unloaded\n");
      return 6;
    }
    if (Threads() != threads) {
      std::fprintf(stderr, "a thread was left\n");
      return 7;
    }
  }
  std::printf("%ld\n", accepted);
  return 0;
}
