// `embeddables-collector check`: the agent keeps each rule; a script that breaks rules is found
// out.

#include <gtest/gtest.h>

#include <cstddef>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace embeddables::test {
namespace {

struct Judged {
  int exit = -1;
  std::string table;

  // "passed" or "FAILED".
  std::string Of(const std::string& name) const {
    std::istringstream lines(table);
    for (std::string line; std::getline(lines, line);) {
      std::istringstream words(line);
      std::string verdict, of;
      if (words >> verdict >> of && of == name) return verdict;
    }
    return "not there";
  }
};

Judged Check(std::vector<std::string> arguments) {
  TempDir directory;
  arguments.insert(arguments.begin(), {Binary("embeddables-collector"), "check"});
  Process process(
      arguments,
      {{"TMPDIR", directory / ""}, {"TMP", directory / ""}, {"EMBEDDABLES_MAX_EVENTS", "1"}}, true);
  process.CloseInput();
  Judged judged;
  judged.table = process.ReadAll();
  judged.exit = process.Wait();
  // What has passed leaves nothing behind.
  std::size_t left = 0;
  for (const auto& each : std::filesystem::directory_iterator(directory / ""))
    left += each.exists();
  std::size_t failed = 0;
  for (std::size_t at = 0; (at = judged.table.find("FAILED", at)) != std::string::npos; ++at) {
    ++failed;
  }
  EXPECT_EQ(left, failed) << judged.table;
  return judged;
}

TEST(CollectorCheck, TheAgentKeepsEachRule) {
  const Judged judged = Check({Binary("embeddables-agent"), "track", "--stdin", "--timeout", "60"});
  EXPECT_EQ(judged.exit, 0) << judged.table;
  EXPECT_EQ(judged.table.find("FAILED"), std::string::npos) << judged.table;
  EXPECT_NE(judged.table.find("18 of 18 passed"), std::string::npos) << judged.table;
}

// The command keeps the contract while all is well, and breaks each of these rules.
void FindsOut(const std::vector<std::string>& command, const std::vector<std::string>& broken) {
  std::vector<std::string> arguments = {"--only", "contract"};
  for (const std::string& each : broken) arguments.insert(arguments.end(), {"--only", each});
  arguments.insert(arguments.end(), command.begin(), command.end());
  const Judged judged = Check(arguments);
  EXPECT_EQ(judged.exit, 1);
  EXPECT_EQ(judged.Of("contract"), "passed") << judged.table;
  for (const std::string& each : broken) EXPECT_EQ(judged.Of(each), "FAILED") << judged.table;
}

TEST(CollectorCheck, AScriptThatBreaksRulesIsFoundOut) {
  FindsOut({SourceFile("tests/page/rule_breaker.sh")},
           {"gentle", "too-many", "unavailable", "answer-lost", "slow", "portal", "secret",
            "event-refused", "key-refused", "not-found", "unknown-user", "killed"});
}

TEST(CollectorCheck, AScriptThatGivesUpIsFoundOut) {
  FindsOut({SourceFile("tests/page/rule_breaker.sh"), "once"},
           {"text", "recovers", "broken", "long-words", "restart"});
}

TEST(CollectorCheck, WhatDoesNothingOrIsNoProgramFails) {
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"--only", "contract", "true"},
        {"--only", "secret", "no-such-program"}}) {
    const Judged judged = Check(command);
    EXPECT_EQ(judged.exit, 1) << judged.table;
    EXPECT_NE(judged.table.find("0 of 1 passed"), std::string::npos) << judged.table;
    const bool is_no_program = judged.table.find("cannot be started: ") != std::string::npos;
    EXPECT_EQ(is_no_program, command.back() == "no-such-program") << judged.table;
  }
}

TEST(CollectorCheck, ATableThatCannotBeWrittenIsAnError) {
  std::string said;
  const std::string agent = Binary("embeddables-agent") + " track --stdin --timeout 60";
  const std::string all =
      Binary("embeddables-collector") + " check --only contract " + agent + " 2>&1 >/dev/full";
  EXPECT_EQ(RunProcess({"sh", "-c", all}, {}, &said), 1);
  EXPECT_NE(said.find("standard output could not be written"), std::string::npos) << said;
}

TEST(CollectorCheck, WrongUsageIsSaidShortly) {
  const Judged nothing = Check({});
  EXPECT_EQ(nothing.exit, 2);
  EXPECT_NE(nothing.table.find("which command"), std::string::npos) << nothing.table;
  const Judged unknown = Check({"--only", "no-such-case", "true"});
  EXPECT_EQ(unknown.exit, 2);
  EXPECT_NE(unknown.table.find("contract"), std::string::npos) << "it names the cases";
}

}  // namespace
}  // namespace embeddables::test
