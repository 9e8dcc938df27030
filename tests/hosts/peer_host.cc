// A host among others on one store, told line by line what to do; answers each line with one.
//
//   peer_host STORE URL FIRST [key=value ...]
//
//   track COUNT [critical]  accepted       FIRST, FIRST+1, ... in the prop "n"
//   persist MS, flush MS    status code
//   consent given|denied    status code
//   purge                   status code
//   identify EMAIL          status code
//   stats                   sender accepted delivered dropped pending requests balanced waiting_for
//   end MS                  status code, and ends

#include <embeddables/agent.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <utility>

namespace {

using namespace embeddables;
using std::chrono::milliseconds;

class Host {
 public:
  Host(std::unique_ptr<Agent> agent, long long first) : agent_(std::move(agent)), next_(first) {}

  // False: that was the last.
  bool Obey(const std::string& line) {
    std::istringstream words(line);
    std::string what;
    words >> what;
    if (what == "track") {
      std::printf("%d\n", Track(&words));
    } else if (what == "stats") {
      PrintStats();
    } else {
      std::printf("%d\n", static_cast<int>(Call(what, &words).code()));
    }
    std::fflush(stdout);
    return what != "end";
  }

 private:
  int Track(std::istringstream* words) {
    int count = 0, accepted = 0;
    std::string priority;
    *words >> count >> priority;
    EventOptions options;
    if (priority == "critical") options.priority = Priority::kCritical;
    for (int i = 0; i < count; ++i) {
      accepted += agent_->Track("tick", {{"n", next_++}, {"marker", "fingerprint"}}, options).ok();
    }
    return accepted;
  }

  Status Call(const std::string& what, std::istringstream* words) {
    std::string value;
    *words >> value;
    if (what == "consent") {
      const auto consent = value == "denied" ? Consent::kDenied : Consent::kGiven;
      return agent_->SetConsent(consent, nullptr, std::chrono::seconds(60));
    }
    if (what == "identify") return agent_->Identify("email", value);
    if (what == "purge") return agent_->Purge(nullptr, std::chrono::seconds(60));
    const milliseconds timeout(std::atoi(value.c_str()));
    if (what == "persist") return agent_->Persist(timeout);
    if (what == "flush") return agent_->Flush(timeout);
    return agent_->Shutdown(timeout);
  }

  void PrintStats() {
    const Stats stats = agent_->GetStats();
    std::printf("%d %llu %llu %llu %llu %llu %d %s\n", stats.sender ? 1 : 0,
                static_cast<unsigned long long>(stats.ledger.accepted),
                static_cast<unsigned long long>(stats.ledger.delivered),
                static_cast<unsigned long long>(stats.ledger.dropped_total()),
                static_cast<unsigned long long>(stats.ledger.pending),
                static_cast<unsigned long long>(stats.requests), stats.ledger.balanced() ? 1 : 0,
                Name(stats.waiting_for));
  }

  std::unique_ptr<Agent> agent_;
  long long next_;
};

bool SetOption(const std::string& option, Config* config, bool* somebody) {
  const std::string key = option.substr(0, option.find('='));
  const long long value = std::atoll(option.substr(option.find('=') + 1).c_str());
  if (key == "flush_ms") {
    config->flush_interval = milliseconds(value);
  } else if (key == "backoff_ms") {
    config->backoff_initial = config->backoff_max = milliseconds(value);
  } else if (key == "persist_ms") {
    config->persist_interval = milliseconds(value);
  } else if (key == "consent_required") {
    config->consent_policy = ConsentPolicy::kRequired;
  } else if (key == "nobody") {
    *somebody = false;
  } else if (key == "store_bytes") {
    config->max_store_bytes = static_cast<std::uint64_t>(value);
  } else {
    return false;
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  Config config;
  config.project_id = "pr_demo";
  config.embeddable_id = "flow_demo";
  config.api_key = "rk_demo";
  config.store_path = argv[1];
  config.base_url = argv[2];
  bool somebody = true;
  for (int i = 4; i < argc; ++i) {
    if (!SetOption(argv[i], &config, &somebody)) return 2;
  }
  std::unique_ptr<Agent> agent;
  const Status status = Agent::Start(config, &agent);
  if (!status.ok()) {
    std::printf("%s\n", status.message());
    return 1;
  }
  if (somebody) agent->Identify("email", "a@b.c");
  std::printf("started\n");
  std::fflush(stdout);
  Host host(std::move(agent), std::atoll(argv[3]));
  for (std::string line; std::getline(std::cin, line) && host.Obey(line);) continue;
  return 0;
}
