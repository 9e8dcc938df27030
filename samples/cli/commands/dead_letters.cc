#include <embeddables/agent.h>

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "samples/cli/commands/command.h"
#include "samples/cli/commands/look.h"
#include "samples/cli/commands/with_store.h"
#include "samples/cli/print.h"
#include "samples/cli/report.h"
#include "samples/cli/values.h"

namespace cli {

using namespace embeddables;

namespace {

int List(Settings* settings) {
  constexpr std::size_t kPage = 100;
  std::int64_t after = 0;
  std::vector<DeadLetter> page(kPage);
  int exit = kDone;
  while (exit == kDone && page.size() == kPage) {
    exit = Look(settings, [&](const std::string&) {
      return Agent::InspectDeadLetters(settings->config, &page, kPage, after);
    });
    if (exit != kDone) return exit;
    for (const DeadLetter& letter : page) PrintDeadLetter(letter, settings->json);
    if (!page.empty()) after = page.back().id;
  }
  return exit;
}

Status Requeue(Agent* agent, const std::vector<std::int64_t>& ids) {
  std::uint64_t all = 0;
  Status status;
  for (const std::int64_t id : ids.empty() ? std::vector<std::int64_t>{0} : ids) {
    std::uint64_t count = 0;
    if (status.ok()) status = agent->Requeue(id, &count);
    all += count;
  }
  std::printf("requeued %llu\n", static_cast<unsigned long long>(all));
  return status;
}

bool ReadIds(const std::vector<std::string>& texts, std::vector<std::int64_t>* ids) {
  for (const std::string& text : texts) {
    std::int64_t id = 0;
    std::string wrong = ReadWhole(text, &id);
    if (wrong.empty() && id == 0) wrong = "there is no 0; without an id, all are requeued";
    if (!wrong.empty()) std::fprintf(stderr, "id: %s\n", Printable(wrong).c_str());
    if (!wrong.empty()) return false;
    ids->push_back(id);
  }
  return true;
}

}  // namespace

Command::Action PrepareDeadLettersList(OptionSet* options, Settings* settings) {
  AddPlaceOptions(options, settings);
  AddEventIdKey(options, settings);
  options->Flag("--json", &settings->json, "One JSON object per line").NoVariable();
  return [settings] { return List(settings); };
}

Command::Action PrepareDeadLettersRequeue(OptionSet* options, Settings* settings) {
  constexpr std::size_t kMost = 1000;
  const auto ids = std::make_shared<std::vector<std::string>>();
  AddStoreOptions(options, settings);
  options->Positional("id", ids.get(), kMost, "Which; default: all");
  return [settings, ids] {
    std::vector<std::int64_t> numbers;
    if (!ReadIds(*ids, &numbers)) return static_cast<int>(kUsage);
    return WithStore(settings, [&numbers](Agent* agent) { return Requeue(agent, numbers); });
  };
}

}  // namespace cli
