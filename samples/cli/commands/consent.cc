#include <embeddables/agent.h>

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "samples/cli/commands/command.h"
#include "samples/cli/commands/look.h"
#include "samples/cli/commands/with_store.h"
#include "samples/cli/report.h"
#include "samples/cli/status.h"

namespace cli {

using namespace embeddables;

namespace {

Status SetConsent(Agent* agent, const Settings& settings, const std::string& answer) {
  if (answer != "denied") {
    const Status status =
        agent->SetConsent(answer == "given" ? Consent::kGiven : Consent::kUnknown);
    return status.ok() ? agent->Persist(settings.timeout()) : status;
  }
  PurgeResult purged;
  const Status status = agent->SetConsent(Consent::kDenied, &purged, settings.timeout());
  PrintPurge(purged);
  return status;
}

int Show(Settings* settings) {
  Inspection seen;
  const int exit =
      Look(settings, [&seen](const std::string& path) { return Agent::Inspect(path, &seen); });
  if (exit != kDone) return exit;
  const bool required = seen.consent_required;
  std::printf("%s%s\n", Name(seen.consent), required ? ", required" : "");
  return kDone;
}

}  // namespace

Command::Action PrepareConsent(OptionSet* options, Settings* settings) {
  const auto words = std::make_shared<std::vector<std::string>>();
  AddStoreOptions(options, settings);
  AddTimeout(options, settings, "How long to wait for the disk and, if denied, for requests");
  options->Positional("answer", words.get(), 1, "denied drops everything; show changes nothing",
                      "given|denied|unknown|show");
  return [settings, words] {
    const std::string answer = words->empty() ? "" : words->front();
    if (answer == "show") return Show(settings);
    if (answer != "given" && answer != "denied" && answer != "unknown") {
      std::fprintf(stderr, "consent needs an answer: given, denied or unknown; or show\n");
      return static_cast<int>(kUsage);
    }
    return WithStoreOrNew(settings,
                          [&](Agent* agent) { return SetConsent(agent, *settings, answer); });
  };
}

}  // namespace cli
