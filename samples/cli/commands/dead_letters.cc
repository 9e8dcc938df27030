#include <embeddables/agent.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "samples/cli/commands/command.h"
#include "samples/cli/commands/look.h"
#include "samples/cli/commands/with_store.h"
#include "samples/cli/letters.h"
#include "samples/cli/print.h"
#include "samples/cli/report.h"
#include "samples/cli/values.h"

namespace cli {

using namespace embeddables;

namespace {

// Takes the letters one after the other, oldest first. One that cannot be taken keeps none of the
// others back: the exit code is the first that was not kDone.
int ForEach(Settings* settings, const std::function<int(const DeadLetter&)>& take) {
  constexpr std::size_t kPage = 100;
  std::int64_t after = 0;
  std::vector<DeadLetter> page(kPage);
  int exit = kDone;
  while (page.size() == kPage) {
    const int looked = Look(settings, [&](const std::string&) {
      return Agent::InspectDeadLetters(settings->config, &page, kPage, after);
    });
    if (looked != kDone) return looked;
    for (const DeadLetter& letter : page) {
      const int taken = take(letter);
      if (exit == kDone) exit = taken;
    }
    if (!page.empty()) after = page.back().id;
  }
  return exit;
}

int List(Settings* settings) {
  return ForEach(settings, [settings](const DeadLetter& letter) {
    PrintDeadLetter(letter, settings->json);
    return static_cast<int>(kDone);
  });
}

int Export(Settings* settings) {
  return ForEach(settings, [settings](const DeadLetter& letter) {
    std::string line;
    if (TrackLine(letter, settings->config.event_id_key, &line)) {
      std::printf("%s\n", line.c_str());
      return static_cast<int>(kDone);
    }
    std::fprintf(stderr,
                 "the request of dead letter %lld cannot be read back; `embeddables-agent "
                 "dead-letters show %lld` shows what is there\n",
                 static_cast<long long>(letter.id), static_cast<long long>(letter.id));
    return static_cast<int>(kStore);
  });
}

int ShowOne(Settings* settings, std::int64_t id, bool follows) {
  std::vector<DeadLetter> found;
  const int exit = Look(settings, [&](const std::string&) {
    return Agent::InspectDeadLetters(settings->config, &found, 1, id - 1);
  });
  if (exit != kDone) return exit;
  if (found.empty() || found.front().id != id) {
    std::fprintf(stderr,
                 "there is no dead letter %lld; `embeddables-agent dead-letters list` shows those "
                 "that are kept\n",
                 static_cast<long long>(id));
    return kRefused;
  }
  if (settings->json) {
    PrintDeadLetter(found.front(), true);
  } else {
    std::printf("%s%s", follows ? "\n" : "", LetterLines(found.front()).c_str());
  }
  return kDone;
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
    if (wrong.empty() && id == 0) wrong = "there is no 0; `dead-letters list` shows the ids";
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

Command::Action PrepareDeadLettersShow(OptionSet* options, Settings* settings) {
  constexpr std::size_t kMost = 1000;
  const auto ids = std::make_shared<std::vector<std::string>>();
  AddPlaceOptions(options, settings);
  AddEventIdKey(options, settings);
  options->Flag("--json", &settings->json, "One JSON object per line").NoVariable();
  options->Positional("id", ids.get(), kMost, "Which, as `dead-letters list` numbers them");
  return [settings, ids] {
    std::vector<std::int64_t> numbers;
    if (ids->empty()) std::fprintf(stderr, "show needs an id; `dead-letters list` shows them\n");
    if (ids->empty() || !ReadIds(*ids, &numbers)) return static_cast<int>(kUsage);
    int exit = kDone;
    bool any = false;
    for (const std::int64_t number : numbers) {
      const int shown = ShowOne(settings, number, any);
      if (shown == kDone) any = true;
      if (exit == kDone) exit = shown;
      if (shown != kDone && shown != kRefused) break;  // the store cannot be read
    }
    return exit;
  };
}

Command::Action PrepareDeadLettersExport(OptionSet* options, Settings* settings) {
  AddPlaceOptions(options, settings);
  AddEventIdKey(options, settings);
  return [settings] { return Export(settings); };
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
