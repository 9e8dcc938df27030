#include "agent/base/reporter.h"

#include <gtest/gtest.h>

#include <functional>
#include <vector>

namespace embeddables {
namespace {

TEST(Reporter, KeepsTheNewestAndCountsTheRest) {
  Config config;
  config.outcome_capacity = 3;
  Reporter reporter(config);
  for (std::uint64_t i = 1; i <= 5; ++i) reporter.TellDropped(DropReason::kAge, i);
  Outcome out[8];
  ASSERT_EQ(reporter.TakeOutcomes(out, 8), 3u);
  EXPECT_EQ(out[0].count, 3u);
  EXPECT_EQ(out[2].count, 5u);
  EXPECT_EQ(reporter.outcomes_lost(), 2u);
  EXPECT_EQ(reporter.log_lines_lost(), 2u);
  EXPECT_EQ(reporter.TakeOutcomes(out, 8), 0u);
}

TEST(Reporter, NoCapacityKeepsNothing) {
  Config config;
  config.outcome_capacity = 0;
  Reporter reporter(config);
  reporter.Tell(OutcomeKind::kNetwork, "down");
  Outcome out;
  EXPECT_EQ(reporter.TakeOutcomes(&out, 1), 0u);
  EXPECT_EQ(reporter.outcomes_lost(), 1u);
}

TEST(Reporter, CallsBackInsteadOfKeeping) {
  Config config;
  std::vector<OutcomeKind> kinds;
  std::vector<std::string> lines;
  config.on_outcome = [&kinds](const Outcome& outcome) { kinds.push_back(outcome.kind); };
  config.on_log = [&lines](const LogLine& line) { lines.emplace_back(line.text); };
  config.delivered_outcomes = false;
  config.log_level = LogLevel::kError;
  Reporter reporter(config);
  reporter.LetCallbacks();
  reporter.Tell(OutcomeKind::kTls, "certificate expired");
  Outcome delivered;
  reporter.Tell(delivered);
  reporter.Log(LogLevel::kError, "bad");
  EXPECT_EQ(kinds, std::vector<OutcomeKind>{OutcomeKind::kTls});
  EXPECT_EQ(lines, std::vector<std::string>{"bad"});
}

TEST(Reporter, WhatIsToldBeforeCallbacksMayRunIsToldThen) {
  Config config;
  std::vector<OutcomeKind> kinds;
  config.on_outcome = [&kinds](const Outcome& outcome) { kinds.push_back(outcome.kind); };
  config.outcome_capacity = 0;
  Reporter reporter(config);
  reporter.Tell(OutcomeKind::kStoreFailed, "no such folder");
  reporter.Tell(OutcomeKind::kTls, "certificate expired");
  EXPECT_TRUE(kinds.empty());
  Outcome pulled;
  EXPECT_EQ(reporter.TakeOutcomes(&pulled, 1), 0u);
  reporter.LetCallbacks();
  reporter.LetCallbacks();
  EXPECT_EQ(kinds, (std::vector<OutcomeKind>{OutcomeKind::kStoreFailed, OutcomeKind::kTls}));
}

}  // namespace
}  // namespace embeddables
