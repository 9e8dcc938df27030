#include <embeddables/agent.h>

#include <cstdint>
#include <cstdio>
#include <memory>
#include <vector>

#include "samples/cli/commands/command.h"
#include "samples/cli/commands/with_store.h"
#include "samples/cli/report.h"

namespace cli {

using namespace embeddables;

namespace {

Status List(Agent* agent, bool json) {
  constexpr std::size_t kPage = 100;
  std::int64_t after = 0;
  std::vector<DeadLetter> page(kPage);
  Status status;
  while (status.ok() && page.size() == kPage) {
    status = agent->DeadLetters(&page, kPage, after);
    for (const DeadLetter& letter : page) PrintDeadLetter(letter, json);
    if (!page.empty()) after = page.back().id;
  }
  return status;
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

}  // namespace

Command::Action PrepareDeadLettersList(CLI::App* app, Settings* settings) {
  AddStoreOptions(app, settings);
  app->add_flag("--json", settings->json, "One JSON object per line");
  return [settings] {
    return WithStore(settings, [settings](Agent* agent) { return List(agent, settings->json); });
  };
}

Command::Action PrepareDeadLettersRequeue(CLI::App* app, Settings* settings) {
  const auto ids = std::make_shared<std::vector<std::int64_t>>();
  AddStoreOptions(app, settings);
  app->add_option("id", *ids, "Which; default: all");
  return [settings, ids] {
    return WithStore(settings, [&ids](Agent* agent) { return Requeue(agent, *ids); });
  };
}

}  // namespace cli
