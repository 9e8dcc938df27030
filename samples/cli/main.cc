// embeddables-agent: what a kiosk's shell script uses, and what a developer debugs with.

#include <sys/stat.h>

#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "samples/cli/flush.h"
#include "samples/cli/options.h"
#include "samples/cli/report.h"
#include "samples/cli/track.h"

namespace cli {
namespace {

using namespace embeddables;
using std::chrono::seconds;

// A mistyped path must not become a new, empty store.
bool StoreExists(const Settings& settings) {
  struct stat facts {};
  if (settings.config.store_path.empty() || stat(settings.config.store_path.c_str(), &facts) == 0) {
    return true;
  }
  std::fprintf(stderr, "there is no store at %s\n", settings.config.store_path.c_str());
  return false;
}

// For the commands that look at the store but never send.
template <class Action>
int WithStore(Settings* settings, const Action& action) {
  if (!StoreExists(*settings)) return kStore;
  settings->config.store_only = true;
  int exit = kDone;
  const std::unique_ptr<Agent> agent = Start(settings->config, &exit);
  if (agent == nullptr) return exit;
  const Status status = action(agent.get());
  if (!status.ok()) std::fprintf(stderr, "%s\n", status.message());
  return ExitFor(status);
}

int ShowStatus(Settings* settings) {
  return WithStore(settings, [settings](Agent* agent) {
    PrintStats(agent->GetStats(), settings->json);
    return Status();
  });
}

int ListDeadLetters(Settings* settings) {
  return WithStore(settings, [settings](Agent* agent) {
    constexpr std::size_t kPage = 100;
    std::int64_t after = 0;
    std::vector<DeadLetter> page(kPage);
    Status status;
    while (status.ok() && page.size() == kPage) {
      status = agent->DeadLetters(&page, kPage, after);
      for (const DeadLetter& letter : page) PrintDeadLetter(letter, settings->json);
      if (!page.empty()) after = page.back().id;
    }
    return status;
  });
}

int Requeue(Settings* settings, const std::vector<std::int64_t>& ids) {
  return WithStore(settings, [&ids](Agent* agent) {
    std::uint64_t all = 0;
    Status status;
    for (const std::int64_t id : ids.empty() ? std::vector<std::int64_t>{0} : ids) {
      std::uint64_t count = 0;
      if (status.ok()) status = agent->Requeue(id, &count);
      all += count;
    }
    std::printf("requeued %llu\n", static_cast<unsigned long long>(all));
    return status;
  });
}

int Purge(Settings* settings) {
  return WithStore(settings, [settings](Agent* agent) {
    PurgeResult purged;
    const Status status = agent->Purge(&purged, settings->timeout());
    PrintPurge(purged);
    return status;
  });
}

int SetConsent(Settings* settings, const std::string& consent) {
  return WithStore(settings, [&](Agent* agent) {
    if (consent != "denied") {
      const Status status =
          agent->SetConsent(consent == "given" ? Consent::kGiven : Consent::kUnknown);
      return status.ok() ? agent->Persist(seconds(10)) : status;
    }
    PurgeResult purged;
    const Status status = agent->SetConsent(Consent::kDenied, &purged, settings->timeout());
    PrintPurge(purged);
    return status;
  });
}

constexpr char kFooter[] =
    "Exit codes: 0 done, 2 wrong usage, 3 refused by the agent or the server, 4 still pending,\n"
    "5 store unusable, 6 key, project or URL refused.\n"
    "The API key comes from EMBEDDABLES_API_KEY or a key file, never from an option.";

// A command that reads its environment and runs only if it was given: the commands share settings,
// and those of the others must not be read over its options.
template <class Action>
void OnCommand(CLI::App* command, std::function<int()>* chosen, const Action& action) {
  command->immediate_callback()->callback([chosen, action] { *chosen = action; });
}

int Run(int argc, char** argv) {
  Settings settings;
  TrackOptions track;
  std::vector<std::int64_t> ids;
  std::string consent;
  std::function<int()> chosen;
  CLI::App app{"Sends custom events to Embeddables through an offline buffer."};
  app.footer(kFooter);
  app.require_subcommand(1);
  app.set_version_flag("--version", kVersion);

  CLI::App* tracking = app.add_subcommand("track", "Store an event and try to send it");
  AddStoreOptions(tracking, &settings);
  AddSendOptions(tracking, &settings);
  auto* name = tracking->add_option("name", track.name, "snake_case");
  tracking->add_option("--prop", track.props,
                       "key=value; a number, true, false or null if it reads as one, else text");
  tracking->add_option("--metric", track.metrics, "key=number, into payload_metrics");
  tracking->add_option("--dimension", track.dimensions, "key=text, into payload_dimensions");
  tracking->add_option("--props-json", track.props_json, "Props as one JSON object");
  tracking->add_option("--identifier", track.identifier, "The person it is about: email=a@b.c")
      ->envname("EMBEDDABLES_IDENTIFIER");
  tracking->add_flag("--critical", track.critical, "Send it before all others");
  tracking->add_option("--at", track.at, "When it happened: 2026-01-31T23:59:59.999Z");
  tracking
      ->add_flag("--stdin", track.from_stdin,
                 "One JSON object per line: name, and props, timestamp, identifier, critical")
      ->excludes(name);
  tracking->add_flag("--no-flush", track.no_flush, "Store only; needs no ids and no key");
  tracking->add_flag("--ack", track.ack,
                     "With --stdin: print \"stored N\" when the first N lines are on disk");
  OnCommand(tracking, &chosen, [&] {
    if (!track.name.empty() || track.from_stdin) return Track(track, &settings);
    std::fprintf(stderr, "track needs a NAME or --stdin\n");
    return static_cast<int>(kUsage);
  });

  CLI::App* flush = app.add_subcommand("flush", "Send the stored events");
  AddStoreOptions(flush, &settings);
  AddSendOptions(flush, &settings);
  flush->add_flag("--now", settings.now,
                  "Try at once what waits for a retry of its own; once a minute for a store");
  OnCommand(flush, &chosen,
            [&] { return StoreExists(settings) ? Flush(&settings) : static_cast<int>(kStore); });

  CLI::App* status = app.add_subcommand("status", "Show what became of all events");
  AddStoreOptions(status, &settings);
  status->add_flag("--json", settings.json, "As one JSON object");
  OnCommand(status, &chosen, [&] { return ShowStatus(&settings); });

  CLI::App* letters = app.add_subcommand("dead-letters", "Events that the server rejected");
  letters->require_subcommand(1);
  CLI::App* list = letters->add_subcommand("list", "Show them, oldest first");
  AddStoreOptions(list, &settings);
  list->add_flag("--json", settings.json, "One JSON object per line");
  OnCommand(list, &chosen, [&] { return ListDeadLetters(&settings); });
  CLI::App* requeue = letters->add_subcommand("requeue", "Make them pending again");
  AddStoreOptions(requeue, &settings);
  requeue->add_option("id", ids, "Which; default: all");
  OnCommand(requeue, &chosen, [&] { return Requeue(&settings, ids); });

  CLI::App* purge = app.add_subcommand("purge", "Drop everything that is stored");
  AddStoreOptions(purge, &settings);
  OnCommand(purge, &chosen, [&] { return Purge(&settings); });

  CLI::App* consenting = app.add_subcommand("consent", "Remember the person's answer");
  AddStoreOptions(consenting, &settings);
  consenting->add_option("answer", consent, "given, denied (drops everything) or unknown")
      ->required()
      ->check(CLI::IsMember({"given", "denied", "unknown"}));
  OnCommand(consenting, &chosen, [&] { return SetConsent(&settings, consent); });

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kDone : kUsage;
  }
  return ReadKey(&settings) ? chosen() : static_cast<int>(kUsage);
}

}  // namespace
}  // namespace cli

int main(int argc, char** argv) { return cli::Run(argc, argv); }
