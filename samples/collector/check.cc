#include "samples/collector/check.h"

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <thread>

#include "samples/cli/print.h"

namespace collector {
namespace {

struct Outcome {
  std::string broken, folder;
};

bool Chosen(const Case& each, const std::vector<std::string>& only) {
  return only.empty() || std::find(only.begin(), only.end(), each.name) != only.end();
}

// Wrong names, in words; empty: there are none.
std::string Unknown(const std::vector<std::string>& only) {
  for (const std::string& name : only) {
    const auto is_it = [&name](const Case& each) { return name == each.name; };
    if (std::any_of(AllCases().begin(), AllCases().end(), is_it)) continue;
    std::string words = "--only " + name + ": there is no such case, but";
    for (const Case& each : AllCases()) words.append(" ").append(each.name);
    return words;
  }
  return {};
}

std::string FirstLine(const std::string& text) {
  return cli::Printable(text.substr(0, text.find('\n')));
}

Outcome Try(const Case& each, const std::vector<std::string>& command) {
  Trial trial(each.name, command);
  Outcome outcome;
  outcome.broken = each.try_it(&trial);
  if (!outcome.broken.empty()) {
    if (!trial.could_start())
      outcome.broken = "it cannot be started: " + FirstLine(trial.Printed());
    outcome.folder = trial.folder();
    trial.Keep();
  }
  return outcome;
}

int PrintTable(const std::vector<Case>& cases, const std::vector<Outcome>& outcomes) {
  std::size_t passed = 0;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const Outcome& outcome = outcomes[i];
    const bool kept = outcome.broken.empty();
    passed += kept ? 1 : 0;
    std::printf("%-8s%-14s%s\n", kept ? "passed" : "FAILED", cases[i].name, cases[i].rule);
    if (kept) continue;
    std::printf("%22s%s\n%22swhat it printed: %s/output\n", "", outcome.broken.c_str(), "",
                outcome.folder.c_str());
  }
  std::printf("%zu of %zu passed\n", passed, cases.size());
  return passed == cases.size() ? 0 : 1;
}

}  // namespace

int Check(const std::vector<std::string>& command, const std::vector<std::string>& only) {
  std::string wrong = Unknown(only);
  if (command.empty()) wrong = "check: which command is to be tried?";
  if (!wrong.empty()) {
    std::fprintf(stderr, "embeddables-collector: %s (see embeddables-collector check --help)\n",
                 wrong.c_str());
    return 2;
  }
  std::vector<Case> cases;
  for (const Case& each : AllCases()) {
    if (Chosen(each, only)) cases.push_back(each);
  }
  // Side by side: most of the time is spent in waiting.
  std::vector<Outcome> outcomes(cases.size());
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    threads.emplace_back([&, i] { outcomes[i] = Try(cases[i], command); });
  }
  for (std::thread& thread : threads) thread.join();
  const int exit = PrintTable(cases, outcomes);
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return exit;
  std::fprintf(stderr, "standard output could not be written: the table is not whole\n");
  return 1;
}

}  // namespace collector
