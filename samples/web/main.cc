// A page that tracks. Its thread must not wait: the agent works in Pump, which JavaScript's timer
// calls, and answers come in between. Once all is delivered, or the time is over, the store's bytes
// go to the host, which brings them to the next start.
//
//   web URL EVENTS SECONDS         as arguments of the module; node.js runs it under Node

#include <embeddables/agent.h>
#include <emscripten.h>
#include <emscripten/html5.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "fetch_transport.h"

namespace {

using std::chrono::milliseconds;

constexpr char kStore[] = "/store/events.db";

// The host's two functions; see node.js.
// clang-format off
EM_JS(void, TakeKept, (const char* path), {
  if (!Module.kept) return;
  FS.mkdirTree("/store");
  FS.writeFile(UTF8ToString(path), Module.kept);
});
EM_JS(void, GiveToKeep, (const char* path, int pending), {
  const file = UTF8ToString(path);
  Module.keep(FS.analyzePath(file).exists ? FS.readFile(file) : null, pending);
});
// clang-format on

struct Page {
  std::unique_ptr<embeddables::Agent> agent;
  int to_track = 0;
  double seconds = 0;  // to wait for deliveries, once all is tracked
  double until = 0;
};

// With EMBEDDABLES_DEBUG=1 each request and answer is shown on standard error; never the key, nor
// whose events they are.
void ShowIfWanted(embeddables::Config* config) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): the agent's thread is not started yet
  const char* wanted = std::getenv("EMBEDDABLES_DEBUG");
  if (wanted == nullptr || std::strcmp(wanted, "1") != 0) return;
  config->log_level = embeddables::LogLevel::kDebug;
  config->on_log = [](const embeddables::LogLine& line) {
    std::fprintf(stderr, "%s\n", line.text);
  };
}

// The longest of the calls that may block, in milliseconds.
double LongestCall(embeddables::Agent& agent) {
  double longest = 0;
  embeddables::FlushResult result;
  for (int call = 0; call < 2; ++call) {
    const double begin = emscripten_get_now();
    const embeddables::Status status = call == 0 ? agent.Flush(std::chrono::seconds(20), &result)
                                                 : agent.Persist(std::chrono::seconds(20), &result);
    longest = std::max(longest, emscripten_get_now() - begin);
    std::printf("%s: code %d, pending %llu\n", call == 0 ? "flush" : "persist",
                static_cast<int>(status.code()), static_cast<unsigned long long>(result.pending));
  }
  return longest;
}

void End(Page& page) {
  embeddables::FlushResult result;
  const double begin = emscripten_get_now();
  const embeddables::Status ended = page.agent->Shutdown(std::chrono::seconds(20), &result);
  const embeddables::Ledger ledger = page.agent->GetStats().ledger;
  std::printf("shutdown: code %d %s in %.0f ms\n", static_cast<int>(ended.code()), ended.message(),
              emscripten_get_now() - begin);
  std::printf("accepted %llu, delivered %llu, pending %llu\n",
              static_cast<unsigned long long>(ledger.accepted),
              static_cast<unsigned long long>(ledger.delivered),
              static_cast<unsigned long long>(ledger.pending));
  page.agent.reset();
  GiveToKeep(kStore, static_cast<int>(ledger.pending));
}

void Turn(void* raw) {
  auto& page = *static_cast<Page*>(raw);
  constexpr int kEachTurn = 10;
  for (int i = 0; i < kEachTurn && page.to_track > 0; ++i, --page.to_track) {
    page.agent->Track("level_complete", {{"level", page.to_track}, {"where", "web"}});
    if (page.to_track == 1) std::printf("longest call: %.0f ms\n", LongestCall(*page.agent));
  }
  if (page.to_track > 0) page.until = emscripten_get_now() + 1000 * page.seconds;
  milliseconds next{};
  page.agent->Pump(milliseconds(5), &next);
  const embeddables::Stats stats = page.agent->GetStats();
  const bool done = page.to_track == 0 && stats.ledger.pending == 0;
  const bool over = page.to_track == 0 && emscripten_get_now() > page.until;
  if (done || over) return End(page);
  constexpr milliseconds kOften{20};
  emscripten_set_timeout(&Turn, static_cast<double>(std::min(next, kOften).count()), raw);
}

}  // namespace

int main(int argc, char** argv) {
  static Page page;
  if (argc < 4) return 2;
  TakeKept(kStore);
  embeddables::Config config;
  config.project_id = "pr_web";
  config.api_key = "rk_web";
  config.embeddable_id = "flow_web";
  config.base_url = argv[1];
  config.store_path = kStore;
  config.pump = true;
  config.flush_interval = milliseconds(100);
  config.persist_interval = milliseconds(50);
  ShowIfWanted(&config);
  config.transport = std::make_shared<web::FetchTransport>();
  const embeddables::Status started = embeddables::Agent::Start(config, &page.agent);
  if (!started.ok()) {
    std::fprintf(stderr, "%s\n", started.message());
    return 1;
  }
  page.agent->Identify("email", "a@b.c");
  page.to_track = std::atoi(argv[2]);
  page.seconds = std::atof(argv[3]);
  page.until = emscripten_get_now() + 1000 * page.seconds;
  emscripten_set_timeout(&Turn, 0, &page);
}
