// A host in C++ that is built without exceptions and RTTI, as engines are: tracks, pulls outcomes,
// ends. It uses the C++ API of the static library.
//
//   no_exceptions_host STORE URL COUNT
//
// Exit code 0: each event was delivered, and the ledger says so.

#include <embeddables/agent.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <thread>

#if defined(__cpp_exceptions) || defined(__cpp_rtti)
#error "this host is to be built with -fno-exceptions -fno-rtti"
#endif

int main(int argc, char** argv) {
  using namespace embeddables;
  if (argc != 4) return 2;
  const std::uint64_t wanted = std::strtoull(argv[3], nullptr, 10);
  Config config;
  config.project_id = "pr_demo";
  config.embeddable_id = "flow_demo";
  config.api_key = "rk_demo";
  config.store_path = argv[1];
  config.base_url = argv[2];
  std::unique_ptr<Agent> agent;
  const Status status = Agent::Start(config, &agent);
  if (!status.ok()) {
    std::fprintf(stderr, "%s\n", status.message());
    return 1;
  }
  agent->Identify("email", "a@b.c");
  for (std::uint64_t n = 0; n < wanted; ++n) {
    if (!agent->Track("tick", {{"n", n}, {"language", "C++ ä"}}).ok()) return 3;
  }
  std::uint64_t delivered = 0;
  while (delivered < wanted) {
    Outcome outcome;
    while (agent->PollOutcomes(&outcome, 1) == 1) {
      if (outcome.kind == OutcomeKind::kDelivered) ++delivered;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  if (!agent->Shutdown(std::chrono::seconds(20)).ok()) return 4;
  const Ledger ledger = agent->GetStats().ledger;
  if (!ledger.balanced() || ledger.delivered != wanted) return 5;
  std::printf("delivered %llu\n", static_cast<unsigned long long>(delivered));
  return 0;
}
