// An agent that does as it is told, a line each, and answers each line with one.
//
//   clock_host STORE URL [CA_FILE]
//
//   track N          "ok" or the status' code
//   right MS         SetWallClock
//   deny             SetConsent
//   persist | flush MS | suspend | resume | pause
//   stats            "delivered=… pending=… requests=… connections=… waiting=…"
//   outcomes         the kinds since the last time
//   quit             Shutdown, without sending

#include <embeddables/agent.h>

#include <cstdint>
#include <cstdio>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>

namespace {

using embeddables::Agent;
using embeddables::Outcome;
using std::chrono::milliseconds;

std::string Text(const embeddables::Status& status) {
  return status.ok() ? "ok" : std::to_string(static_cast<int>(status.code())) + status.message();
}

std::string StatsLine(const Agent& agent) {
  const embeddables::Stats stats = agent.GetStats();
  std::ostringstream line;
  line << "delivered=" << stats.ledger.delivered << " pending=" << stats.ledger.pending
       << " requests=" << stats.requests << " connections=" << stats.connections
       << " waiting=" << Name(stats.waiting_for) << " until=" << stats.waiting_until.count()
       << " balanced=" << stats.ledger.balanced();
  return line.str();
}

std::string OutcomesLine(Agent* agent) {
  Outcome outcomes[64];
  const std::size_t count = agent->PollOutcomes(outcomes, 64);
  std::string line = "outcomes";
  for (std::size_t i = 0; i < count; ++i) line += std::string(" ") + Name(outcomes[i].kind);
  return line;
}

std::string Do(Agent* agent, const std::string& command, std::int64_t number) {
  if (command == "track") return Text(agent->Track("tick", {{"n", number}}));
  if (command == "right") {
    return Text(agent->SetWallClock(embeddables::WallTime(milliseconds(number))));
  }
  if (command == "deny") return Text(agent->SetConsent(embeddables::Consent::kDenied));
  if (command == "persist") return Text(agent->Persist(std::chrono::seconds(20)));
  if (command == "flush") return Text(agent->Flush(milliseconds(number)));
  if (command == "pause") {
    const auto status = agent->Pause();
    agent->Persist(std::chrono::seconds(20));  // then the agent's thread has heard it
    return Text(status);
  }
  if (command == "resume") return Text(agent->Resume());
  if (command == "stats") return StatsLine(*agent);
  if (command == "outcomes") return OutcomesLine(agent);
  return "unknown";
}

}  // namespace

int main(int count, char** arguments) {
  embeddables::Config config;
  config.project_id = "pr_demo";
  config.embeddable_id = "flow_demo";
  config.api_key = "rk_demo";
  config.store_path = arguments[1];
  config.base_url = arguments[2];
  if (count > 3) config.ca_file = arguments[3];
  config.flush_interval = milliseconds(20);
  config.backoff_initial = std::chrono::minutes(10);  // what is tried again has a reason
  std::unique_ptr<Agent> agent;
  const embeddables::Status started = Agent::Start(config, &agent);
  std::cout << Text(started) << std::endl;
  if (!started.ok()) return 1;
  agent->Identify("email", "a@b.c");
  for (std::string line; std::getline(std::cin, line) && line != "quit";) {
    std::istringstream words(line);
    std::string command;
    std::int64_t number = 0;
    words >> command >> number;
    std::cout << Do(agent.get(), command, number) << std::endl;
  }
  agent->Pause();
  return agent->Shutdown(std::chrono::seconds(30)).ok() ? 0 : 1;
}
