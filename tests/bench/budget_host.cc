// What tests/budgets.sh runs under callgrind and strace, or alone to have it count for itself.
//
//   budget_host fill|drain|canary|stuck STORE URL EVENTS [CA_FILE]
//
// fill stores events, drain sends what is stored; canary is a fill whose every call also does what
// a call must not do; stuck has requests under way for 3 s that a server does not take. Prints
// "name=value" for what it counts: heap allocations (of the calling thread in Track; of all threads
// while draining) and SQL statements.

#include <embeddables/agent.h>
#include <sqlite3.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* old, std::size_t size);
}

namespace {

using namespace embeddables;

std::atomic<long> allocations{0};
thread_local long own_allocations = 0;
std::atomic<long> statements{0};

void CountAllocation() {
  ++allocations;
  ++own_allocations;
}

int CountStatement(unsigned, void*, void*, void*) {
  ++statements;
  return 0;
}

int CountOn(sqlite3* db, const char**, const void*) {
  return sqlite3_trace_v2(db, SQLITE_TRACE_STMT, CountStatement, nullptr);
}

void DoWhatACallMustNot() {
  void* volatile memory = std::malloc(16);
  std::free(memory);
  syscall(SYS_getppid);
}

int Fill(const Config& config, int events, bool canary) {
  std::unique_ptr<Agent> agent;
  if (!Agent::Start(config, &agent).ok() || !agent->Identify("email", "a@b.c").ok()) return 1;
  const long statements_before = statements, own_before = own_allocations;
  for (int i = 0; i < events; ++i) {
    if (canary) DoWhatACallMustNot();
    const Status status = agent->Track(
        "level_complete",
        {{"level", i % 100}, {"score", i * 10}, {"time_ms", 61'500 + i}, {"difficulty", "hard"}});
    if (!status.ok()) return 1;
  }
  const long in_track = own_allocations - own_before;
  if (!agent->Persist(std::chrono::minutes(1)).ok()) return 1;
  std::printf("allocations=%ld statements=%ld\n", in_track, statements - statements_before);
  return 0;
}

int Drain(const Config& config, int events) {
  std::unique_ptr<Agent> agent;
  if (!Agent::Start(config, &agent).ok()) return 1;
  const long statements_before = statements, allocations_before = allocations;
  FlushResult result;
  if (!agent->Flush(std::chrono::minutes(5), &result).ok()) return 1;
  std::printf("allocations=%ld statements=%ld\n", allocations - allocations_before,
              statements - statements_before);
  return result.delivered == static_cast<std::uint64_t>(events) ? 0 : 1;
}

int Stuck(const Config& config, int events) {
  std::unique_ptr<Agent> agent;
  if (!Agent::Start(config, &agent).ok() || !agent->Identify("email", "a@b.c").ok()) return 1;
  const std::string text(2000, 'x');
  for (int i = 0; i < events; ++i) {
    if (!agent->Track("note", {{"n", i}, {"text", text}}).ok()) return 1;
  }
  const bool in_time = agent->Flush(std::chrono::seconds(3)).ok();
  return !in_time && agent->GetStats().in_flight > 0 ? 0 : 1;
}

}  // namespace

// Counted here, those of libcurl and SQLite included: the program's own come before the system's.
extern "C" {
void* malloc(std::size_t size) noexcept {
  CountAllocation();
  return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) noexcept {
  CountAllocation();
  return __libc_calloc(count, size);
}
void* realloc(void* old, std::size_t size) noexcept {
  CountAllocation();
  return __libc_realloc(old, size);
}
}

int main(int argc, char** argv) {
  if (argc < 5) return 2;
  Config config;
  config.project_id = "pr_bench";
  config.embeddable_id = "flow_bench";
  config.api_key = "rk_bench";
  config.store_path = argv[2];
  config.base_url = argv[3];
  if (argc > 5) config.ca_file = argv[5];
  config.delivered_outcomes = false;
  // What a timer does would come once more or less often.
  config.persist_interval = std::chrono::minutes(1);
  config.flush_interval = std::chrono::minutes(10);
  const int events = std::atoi(argv[4]);
  sqlite3_auto_extension(reinterpret_cast<void (*)()>(CountOn));
  if (std::strcmp(argv[1], "drain") == 0) return Drain(config, events);
  if (std::strcmp(argv[1], "stuck") == 0) return Stuck(config, events);
  config.store_only = true;
  return Fill(config, events, std::strcmp(argv[1], "canary") == 0);
}
