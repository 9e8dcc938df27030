// Settings belong to the store: several hosts, and the command line, on one store.

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/agent_fixture.h"
#include "tests/support/process.h"

namespace embeddables::test {
namespace {

class SharedSettings : public AgentTest {
 protected:
  // Another process with the same ids on the same store. Returns its exit code.
  int Run(std::vector<std::string> arguments, const Environment& more = {}) {
    Environment environment = {{"EMBEDDABLES_STORE", config_.store_path},
                               {"EMBEDDABLES_PROJECT", config_.project_id},
                               {"EMBEDDABLES_EMBEDDABLE", config_.embeddable_id},
                               {"EMBEDDABLES_API_KEY", config_.api_key},
                               {"EMBEDDABLES_IDENTIFIER", "email=a@b.c"},
                               {"EMBEDDABLES_BASE_URL", config_.base_url},
                               {"EMBEDDABLES_TIMEOUT", "20"}};
    environment.insert(more.begin(), more.end());
    arguments.insert(arguments.begin(), Binary("embeddables-agent"));
    output_.clear();
    return RunProcess(arguments, environment, &output_);
  }

  void StartNamingNothing() {
    config_.consent_policy = ConsentPolicy::kAsStored;
    config_.max_events.reset();
    Start();
  }

  std::string output_;
};

TEST_F(SharedSettings, ConsentRequiredByOneProcessHoldsForOneThatSaysNothing) {
  collector_ = std::make_unique<Collector>();
  config_.base_url = collector_->url();
  ASSERT_EQ(Run({"track", "tick", "--no-flush", "--consent-required"}), 0) << output_;
  EXPECT_EQ(Run({"flush"}), 4) << output_;
  EXPECT_NE(output_.find("consent"), std::string::npos) << output_;
  EXPECT_EQ(collector_->CountReceived(), 0u);
  // An answer satisfies it, `unknown` asks anew.
  ASSERT_EQ(Run({"consent", "given"}), 0) << output_;
  EXPECT_EQ(Run({"flush"}), 0) << output_;
  EXPECT_EQ(collector_->CountReceived(), 1u);
  ASSERT_EQ(Run({"consent", "unknown"}), 0) << output_;
  ASSERT_EQ(Run({"track", "tick", "--no-flush"}), 0) << output_;
  EXPECT_EQ(Run({"flush"}), 4) << output_;
  EXPECT_EQ(collector_->CountReceived(), 1u);
  EXPECT_EQ(Run({"flush", "--no-consent-required"}), 0) << output_;
  EXPECT_EQ(collector_->CountReceived(), 2u);
  ASSERT_EQ(Run({"track", "tick"}), 0) << output_;
  EXPECT_EQ(collector_->CountReceived(), 3u);
}

TEST_F(SharedSettings, TheVariableRequiresConsentOrNot) {
  collector_ = std::make_unique<Collector>();
  config_.base_url = collector_->url();
  const std::string variable = "EMBEDDABLES_CONSENT_REQUIRED";
  ASSERT_EQ(Run({"track", "tick", "--no-flush"}, {{variable, "true"}}), 0) << output_;
  EXPECT_EQ(Run({"flush"}), 4) << output_;
  EXPECT_EQ(Run({"flush"}, {{variable, "false"}}), 0) << output_;
  EXPECT_EQ(collector_->CountReceived(), 1u);
}

TEST_F(SharedSettings, NoPurgeForgetsThatConsentIsRequired) {
  config_.consent_policy = ConsentPolicy::kRequired;
  StartWithCollector();
  agent_->Identify("email", "a@b.c");
  Track(3);
  ASSERT_TRUE(agent_->Purge().ok());
  StartNamingNothing();
  agent_->Identify("email", "a@b.c");
  Track(1);
  FlushResult result;
  EXPECT_EQ(agent_->Flush(seconds(20), &result).code(), StatusCode::kUnavailable);
  EXPECT_EQ(result.waiting_for, WaitingFor::kConsent);
  EXPECT_EQ(collector_->CountReceived(), 0u);
}

TEST_F(SharedSettings, ABoundIsNamedByOptionOrVariableAndOtherwiseTheStores) {
  config_.store_only = true;
  ASSERT_EQ(Run({"track", "tick", "--no-flush", "--max-events", "3"}), 0) << output_;
  for (int i = 0; i < 5; ++i) ASSERT_EQ(Run({"track", "tick", "--no-flush"}), 0) << output_;
  Start();
  EXPECT_EQ(ledger().pending, 3u);
  agent_.reset();
  for (int i = 0; i < 5; ++i) {
    ASSERT_EQ(Run({"track", "tick", "--no-flush"}, {{"EMBEDDABLES_MAX_EVENTS", "6"}}), 0)
        << output_;
  }
  Start();
  EXPECT_EQ(ledger().pending, 6u);
}

TEST_F(SharedSettings, HelpSaysWhoseTheValueIsAndWhatAFreshStoreHas) {
  ASSERT_EQ(Run({"track", "--help"}), 0);
  std::string words;
  for (const char c : output_) {
    if (c != ' ' && c != '\n') words += c;
  }
  EXPECT_NE(words.find("thestore'sownifnotgiven,1000000inafreshone"), std::string::npos) << output_;
  EXPECT_NE(words.find("thestore'sownifnotgiven,90daysinafreshone"), std::string::npos) << output_;
}

TEST_F(SharedSettings, ARunningAgentHeedsTheLastOneNamed) {
  config_.store_only = true;
  config_.max_events = 100;
  Start();
  agent_->Identify("email", "a@b.c");
  Track(50);
  ASSERT_TRUE(agent_->Persist(seconds(20)).ok());
  ASSERT_EQ(Run({"track", "tick", "--no-flush", "--max-events", "10"}), 0) << output_;
  ASSERT_TRUE(WaitFor([&] {
    Track(1);
    agent_->Persist(seconds(20));
    return ledger().pending == 10;
  }));
  EXPECT_EQ(Dropped(DropReason::kRowBound), ledger().accepted - 10);
}

TEST_F(SharedSettings, ALowerBoundIsToldBeforeItDrops) {
  config_.store_only = true;
  Start();
  agent_->Identify("email", "a@b.c");
  Track(50);
  EndUnsent();
  agent_.reset();
  std::vector<std::string> order;
  bool dropped = false;
  config_.max_events = 10;
  config_.on_log = [&](const LogLine& line) {
    if (std::string(line.text).find("max_events") != std::string::npos) order.push_back("told");
  };
  config_.on_outcome = [&](const Outcome& outcome) {
    if (outcome.kind != OutcomeKind::kDropped) return;
    order.push_back("dropped");
    dropped = true;
  };
  Start();
  Track(1);
  ASSERT_TRUE(agent_->Persist(seconds(20)).ok());
  EXPECT_EQ(ledger().pending, 10u);
  agent_.reset();
  ASSERT_TRUE(dropped);
  EXPECT_EQ(order.front(), "told");
}

// What is at the path may be a store where consent is required, or was denied.
TEST_F(SharedSettings, MemoryInPlaceOfAStoreThatCannotBeReadWaitsForConsent) {
  std::filesystem::create_directory(config_.store_path);
  config_.memory_fallback = true;
  StartWithCollector();
  agent_->Identify("email", "a@b.c");
  Track(1);
  EXPECT_TRUE(WaitFor([&] { return agent_->GetStats().waiting_for == WaitingFor::kConsent; }));
  EXPECT_EQ(collector_->CountReceived(), 0u);
  config_.consent_policy = ConsentPolicy::kNotRequired;
  Start();
  agent_->Identify("email", "a@b.c");
  Track(1);
  EXPECT_TRUE(WaitFor([&] { return collector_->CountReceived() == 1; }));
  // Nothing is there that could say anything.
  config_.store_path = "/proc/embeddables/events.db";
  StartNamingNothing();
  agent_->Identify("email", "a@b.c");
  Track(1);
  EXPECT_TRUE(WaitFor([&] { return collector_->CountReceived() == 2; }));
}

TEST_F(SharedSettings, GetConsentSaysWhatTheHostAndTheOthersSaid) {
  config_.store_only = true;
  Start();
  EXPECT_EQ(agent_->GetConsent(), Consent::kUnknown);
  ASSERT_TRUE(agent_->SetConsent(Consent::kGiven).ok());
  EXPECT_EQ(agent_->GetConsent(), Consent::kGiven) << "at once";
  ASSERT_TRUE(agent_->Persist(seconds(20)).ok());
  Start();
  EXPECT_EQ(agent_->GetConsent(), Consent::kGiven);
  ASSERT_EQ(Run({"consent", "denied"}), 0) << output_;
  EXPECT_TRUE(WaitFor([&] { return agent_->GetConsent() == Consent::kDenied; }));
  ASSERT_EQ(Run({"consent", "unknown"}), 0) << output_;
  EXPECT_TRUE(WaitFor([&] { return agent_->GetConsent() == Consent::kUnknown; }));
}

TEST_F(SharedSettings, EventsOfNobodyWaitForThePersonOfALaterProcess) {
  StartWithCollector();
  Track(3);
  ASSERT_TRUE(agent_->Persist(seconds(20)).ok());
  Start();
  ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  EXPECT_TRUE(agent_->Flush(seconds(20)).ok());
  EXPECT_EQ(collector_->CountReceived(), 3u);
  Start();
  Track(2);
  ASSERT_TRUE(agent_->Persist(seconds(20)).ok());
  Start();
  agent_->Reset();
  ASSERT_TRUE(agent_->Identify("email", "c@d.e").ok());
  Track(1);
  EXPECT_EQ(agent_->Flush(seconds(20)).code(), StatusCode::kUnavailable);
  EXPECT_EQ(collector_->CountReceived(), 4u) << "the two of nobody are nobody's";
}

}  // namespace
}  // namespace embeddables::test
