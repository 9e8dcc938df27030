// Two copies of the library in one process: one linked into this program, one in a shared library.
//
//   two_copies_host LIBRARY STORE OTHER_STORE URL [sandbox]
//
// sandbox: the system refuses memfd_create.
//
// Exit code 0: on one store the second Start was refused, whichever copy came second, and looking
// was refused, too; two stores were fine, and sent what they got.

#include <dlfcn.h>
#include <embeddables/agent_c.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

int line_of_failure = 0;
void Check(bool good, int line) {
  if (!good && line_of_failure == 0) line_of_failure = line;
}
#define CHECK(condition) Check(condition, __LINE__)

// The functions of one copy.
struct Copy {
  decltype(&emb_config_init) config_init = emb_config_init;
  decltype(&emb_start) start = emb_start;
  decltype(&emb_identify) identify = emb_identify;
  decltype(&emb_track) track = emb_track;
  decltype(&emb_flush) flush = emb_flush;
  decltype(&emb_inspect) inspect = emb_inspect;
  decltype(&emb_inspect_dead_letters) inspect_dead_letters = emb_inspect_dead_letters;
  decltype(&emb_destroy) destroy = emb_destroy;
};

template <class Function>
void Find(void* library, const char* name, Function* function) {
  *function = reinterpret_cast<Function>(dlsym(library, name));
}

void* Load(const char* path, Copy* copy) {
  void* const library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    std::fprintf(stderr, "%s\n", dlerror());
    std::exit(3);
  }
  Find(library, "emb_config_init", &copy->config_init);
  Find(library, "emb_start", &copy->start);
  Find(library, "emb_identify", &copy->identify);
  Find(library, "emb_track", &copy->track);
  Find(library, "emb_flush", &copy->flush);
  Find(library, "emb_inspect", &copy->inspect);
  Find(library, "emb_inspect_dead_letters", &copy->inspect_dead_letters);
  Find(library, "emb_destroy", &copy->destroy);
  return library;
}

emb_config ConfigOf(const Copy& copy, const char* store, const char* url) {
  emb_config config;
  copy.config_init(&config, sizeof config, EMB_ABI_VERSION);
  config.project_id = "pr_demo";
  config.embeddable_id = "flow_demo";
  config.api_key = "rk_demo";
  config.store_path = store;
  config.base_url = url;
  return config;
}

emb_agent* Start(const Copy& copy, const char* store, const char* url) {
  emb_status status = EMB_STATUS_INIT;
  emb_agent* agent = nullptr;
  const emb_config config = ConfigOf(copy, store, url);
  if (copy.start(&config, &agent, &status) != EMB_STATUS_OK) {
    std::fprintf(stderr, "%s\n", status.message);
  }
  return agent;
}

bool IsRefused(const Copy& copy, const char* store, const char* url) {
  emb_status status = EMB_STATUS_INIT;
  emb_agent* agent = nullptr;
  const emb_config config = ConfigOf(copy, store, url);
  const std::int32_t code = copy.start(&config, &agent, &status);
  return code == EMB_STATUS_STORE_UNUSABLE && agent == nullptr &&
         std::string(status.message).find("another copy of this library") != std::string::npos;
}

std::int32_t Look(const Copy& copy, const char* store) {
  emb_inspection inspection;
  inspection.struct_size = sizeof inspection;
  return copy.inspect(store, &inspection, nullptr, nullptr);
}

bool Sends(const Copy& copy, emb_agent* agent) {
  bool good = copy.identify(agent, "email", "a@b.c", nullptr) == EMB_STATUS_OK;
  for (int i = 0; i < 10; ++i) {
    good = good && copy.track(agent, "tick", nullptr, 0, nullptr, nullptr) == EMB_STATUS_OK;
  }
  return good && copy.flush(agent, 20'000, nullptr, nullptr) == EMB_STATUS_OK;
}

void OneStore(const Copy& first, const Copy& second, const char* store, const char* url) {
  emb_agent* const agent = Start(first, store, url);
  CHECK(agent != nullptr);
  CHECK(IsRefused(second, store, url));
  CHECK(IsRefused(second, store, url));
  CHECK(Look(second, store) == EMB_STATUS_STORE_UNUSABLE);
  CHECK(Look(first, store) == EMB_STATUS_OK);
  const emb_config config = ConfigOf(second, store, url);
  emb_dead_letter_list* list = nullptr;
  CHECK(second.inspect_dead_letters(&config, &list, 1, 0, nullptr) == EMB_STATUS_STORE_UNUSABLE);
  CHECK(Sends(first, agent));
  first.destroy(agent);
  CHECK(Look(second, store) == EMB_STATUS_OK);
  emb_agent* const next = Start(second, store, url);
  CHECK(next != nullptr && Sends(second, next));
  CHECK(IsRefused(first, store, url));
  second.destroy(next);
}

void TwoStores(const Copy& one, const Copy& other, const char* store, const char* other_store,
               const char* url) {
  emb_agent* const agent = Start(one, store, url);
  emb_agent* const beside = Start(other, other_store, url);
  CHECK(agent != nullptr && beside != nullptr);
  CHECK(Sends(one, agent) && Sends(other, beside));
  other.destroy(beside);
  one.destroy(agent);
}

// A child is another process: either copy may use there what the parent has open. A busy machine
// may not let the parent's agent come to rest in time; then no agent can start in the child.
void InAChild(const Copy& first, const Copy& second, const char* store, const char* url) {
  constexpr int kNotAtRest = 2;
  emb_agent* const agent = Start(first, store, url);
  CHECK(Sends(first, agent));
  int result = kNotAtRest << 8;
  for (int tries = 0; tries < 50 && result == kNotAtRest << 8; ++tries) {
    const pid_t child = fork();
    if (child == 0) {
      emb_agent* own = nullptr;
      const emb_config config = ConfigOf(second, store, url);
      const std::int32_t code = second.start(&config, &own, nullptr);
      if (code == EMB_STATUS_NOT_RUNNING) _exit(kNotAtRest);
      const bool good = code == EMB_STATUS_OK && IsRefused(first, store, url);
      second.destroy(own);
      _exit(good ? 0 : 1);
    }
    CHECK(waitpid(child, &result, 0) == child);
  }
  CHECK(result == 0);
  first.destroy(agent);
}

bool ForbidMemfdCreate() {
  sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_memfd_create, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program = {sizeof filter / sizeof *filter, filter};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0 &&
         syscall(SYS_memfd_create, "", 0) < 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5 && argc != 6) return 2;
  if (argc == 6) CHECK(ForbidMemfdCreate());
  const char *library = argv[1], *store = argv[2], *other_store = argv[3], *url = argv[4];
  const Copy here;
  for (int round = 0; round < 2; ++round) {  // loaded, unloaded, loaded again
    Copy there;
    void* const loaded = Load(library, &there);
    CHECK(there.start != nullptr && there.start != here.start);
    OneStore(here, there, store, url);
    OneStore(there, here, store, url);
    TwoStores(here, there, store, other_store, url);
    InAChild(here, there, store, url);
    CHECK(dlclose(loaded) == 0);
  }
  if (line_of_failure != 0) std::fprintf(stderr, "line %d failed\n", line_of_failure);
  return line_of_failure == 0 ? 0 : 4;
}
