#include <embeddables/agent.h>

#include <chrono>
#include <memory>
#include <string>

#include "samples/cli/commands/command.h"
#include "samples/cli/commands/with_store.h"
#include "samples/cli/report.h"

namespace cli {

using namespace embeddables;

namespace {

Status SetConsent(Agent* agent, const Settings& settings, const std::string& answer) {
  if (answer != "denied") {
    const Status status =
        agent->SetConsent(answer == "given" ? Consent::kGiven : Consent::kUnknown);
    return status.ok() ? agent->Persist(std::chrono::seconds(10)) : status;
  }
  PurgeResult purged;
  const Status status = agent->SetConsent(Consent::kDenied, &purged, settings.timeout());
  PrintPurge(purged);
  return status;
}

}  // namespace

Command::Action PrepareConsent(CLI::App* app, Settings* settings) {
  const auto answer = std::make_shared<std::string>();
  AddStoreOptions(app, settings);
  app->add_option("answer", *answer, "given, denied (drops everything) or unknown")
      ->required()
      ->check(CLI::IsMember({"given", "denied", "unknown"}));
  return [settings, answer] {
    return WithStore(settings, [&](Agent* agent) { return SetConsent(agent, *settings, *answer); });
  };
}

}  // namespace cli
