// Unloads the plug-in while libcurl still looks up a name for its agent, as with a dead name
// server.
//
//   look_up_host PLUGIN STORE URL
//
// Exit code 0: the plug-in's code was really gone, and the look-up came to its end.

#include <dlfcn.h>
#include <netdb.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

namespace {

std::atomic<bool> unloaded{false};
std::atomic<int> looking{0};

bool Loaded(const std::string& name) {
  std::ifstream maps("/proc/self/maps");
  const std::string all{std::istreambuf_iterator<char>(maps), {}};
  return all.find(name) != std::string::npos;
}

long Threads() {
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  return std::distance(begin(tasks), end(tasks));
}

void AwaitThreads(long most) {
  while (Threads() > most) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

}  // namespace

// In the C library's place.
extern "C" int getaddrinfo(const char*, const char*, const addrinfo*, addrinfo**) {
  ++looking;
  while (!unloaded) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return EAI_AGAIN;
}

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const std::string plugin = argv[1];
  const long threads = Threads();
  void* library = dlopen(plugin.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    std::fprintf(stderr, "%s\n", dlerror());
    return 3;
  }
  const auto end =
      reinterpret_cast<int (*)(const char*, const char*)>(dlsym(library, "EndInALookUp"));
  const int result = end == nullptr ? -1 : end(argv[2], argv[3]);
  if (result != 0 || looking == 0) {
    std::fprintf(stderr, "the agent failed: %d, %d look-ups\n", result, looking.load());
    return 4;
  }
  if (dlclose(library) != 0 || Loaded(plugin)) {
    std::fprintf(stderr, "the library was not unloaded\n");
    return 5;
  }
  unloaded = true;
  AwaitThreads(threads);  // each goes back through libcurl
  return 0;
}
