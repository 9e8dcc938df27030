// Agent::Inspect tells the truth about a store, beside live processes and for what dead ones have
// left.

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "platform/paths.h"
#include "tests/e2e/inspect_fixture.h"
#include "tests/support/bytes.h"

namespace embeddables::test {
namespace {

TEST_F(InspectTest, BesideAServiceThatHasDeliveredItTellsTheTruthWithinASecond) {
  StartWithCollector();
  ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  Track(100);
  ASSERT_TRUE(WaitForDelivered(100));
  Inspection seen;
  EXPECT_TRUE(WaitFor([&] { return (seen = Look()).ledger.delivered == 100; }, seconds(1)));
  EXPECT_EQ(seen.ledger.accepted, 100u);
  EXPECT_EQ(seen.ledger.pending, 0u);
  EXPECT_EQ(seen.oldest.count(), -1);
  EXPECT_TRUE(seen.sends);
  EXPECT_TRUE(seen.complete);
  ASSERT_EQ(seen.processes.size(), 1u);
  const ProcessStatus& process = seen.processes.front();
  EXPECT_EQ(process.pid, static_cast<std::uint64_t>(getpid()));
  EXPECT_EQ(process.version, kVersion);
  EXPECT_TRUE(process.sender);
  EXPECT_TRUE(FileSize(process.memory_file) > 0) << process.memory_file;
  EXPECT_TRUE(WaitFor([&] { return Look().last_delivery.count() >= 0; }));
  EXPECT_LT(Look().last_delivery, seconds(60));
}

// Rows, records and what is in between: each event is in each look once.
TEST_F(InspectTest, WhileEventsMoveEachIsCountedOnce) {
  config_.persist_interval = milliseconds(5);
  config_.flush_interval = milliseconds(5000);
  config_.intake_bytes = 64 * 1024;
  config_.store_only = true;
  Start();
  std::uint64_t tracked = 0;
  for (int round = 0; round < 100; ++round) {
    for (int i = 0; i < 50; ++i) tracked += agent_->Track("tick").ok() ? 1 : 0;
    const Ledger seen = Look().ledger;
    ASSERT_EQ(seen.accepted, tracked) << "round " << round;
    ASSERT_EQ(seen.pending, tracked);
  }
}

TEST_F(InspectTest, WhileEventsAreDeliveredNoneIsMissingOrThereTwice) {
  config_.persist_interval = milliseconds(5);
  config_.flush_interval = milliseconds(1100);
  config_.batch_events = 1;
  StartWithCollector();
  ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  std::uint64_t delivered = 0;
  for (std::uint64_t i = 1; i <= 300; ++i) {
    Track(1);
    const Ledger seen = Look().ledger;
    ASSERT_EQ(seen.accepted, i);
    ASSERT_GE(seen.delivered, delivered);
    delivered = seen.delivered;
  }
  ASSERT_TRUE(WaitForDelivered(300));
  EXPECT_TRUE(WaitFor([&] { return Look().ledger.delivered == 300; }, seconds(1)));
}

TEST_F(InspectTest, WhatADeadProcessLeftInMemoryIsCounted) {
  DiedWith(5, 10);
  const Inspection seen = Look();
  EXPECT_EQ(seen.ledger.accepted, 15u);
  EXPECT_EQ(seen.ledger.pending, 15u);
  EXPECT_EQ(seen.in_memory, 10u);
  EXPECT_EQ(seen.left_over, 10u);
  EXPECT_GE(seen.oldest.count(), 0);
  EXPECT_TRUE(seen.processes.empty());
  EXPECT_FALSE(seen.sends);
  Start();
  EXPECT_EQ(agent_->GetStats().taken_over, 10u);
  EXPECT_EQ(Look().ledger.accepted, 15u);
  EXPECT_EQ(Look().left_over, 0u);
}

TEST_F(InspectTest, VolatileEventsOfADeadProcessAreDropped) {
  StoreLate();
  EventOptions options;
  options.priority = Priority::kVolatile;
  Died([&] { Track(3, options); });
  const Inspection seen = Look();
  EXPECT_EQ(seen.ledger.accepted, 3u);
  EXPECT_EQ(seen.ledger.dropped[static_cast<std::size_t>(DropReason::kVolatile)], 3u);
  EXPECT_EQ(seen.ledger.pending, 0u);
}

TEST_F(InspectTest, VolatileEventsOfALiveProcessArePending) {
  StoreLate();
  Start();
  EventOptions options;
  options.priority = Priority::kVolatile;
  Track(3, options);
  EXPECT_EQ(Look().ledger.pending, 3u);
  ASSERT_TRUE(agent_->Persist(seconds(20)).ok());
  EXPECT_TRUE(WaitFor([&] { return Look().ledger.pending == 3; }, seconds(1)));
}

TEST_F(InspectTest, ARefusedKeyIsTheReasonInTheServersWords) {
  StartAgainst(HttpAnswer("401 No", R"({"error":{"code":"K","message":"this key is not known"}})"));
  Track(2);
  ASSERT_TRUE(WaitFor([&] { return waiting_for() == WaitingFor::kCredentials; }));
  Inspection seen;
  ASSERT_TRUE(WaitFor(
      [&] { return (seen = Look()).reason.waiting_for == WaitingFor::kCredentials; }, seconds(1)));
  EXPECT_EQ(seen.reason.http_status, 401);
  EXPECT_STREQ(seen.reason.words, "this key is not known");
  EXPECT_GT(seen.reason.next_try, std::chrono::minutes(5));
  EXPECT_TRUE(seen.sends);
  EXPECT_EQ(seen.ledger.pending, 2u);
  EXPECT_GE(seen.oldest.count(), 0);
  // Its end leaves a note.
  ASSERT_TRUE(agent_->Shutdown(seconds(20)).ok());
  agent_.reset();
  seen = Look();
  EXPECT_FALSE(seen.sends);
  EXPECT_EQ(seen.reason.waiting_for, WaitingFor::kCredentials);
  EXPECT_EQ(seen.last_failure.http_status, 401);
  EXPECT_STREQ(seen.last_failure.words, "this key is not known");
}

TEST_F(InspectTest, WithoutAProcessTheStoreTellsWhenAPersonIsTriedAgain) {
  StartAgainst(
      HttpAnswer("404 No", R"({"error":{"code":"ENTRY_NOT_FOUND","message":"no entry"}})"));
  Track(1);
  ASSERT_TRUE(WaitFor([&] { return waiting_for() == WaitingFor::kUnknownUser; }));
  ASSERT_TRUE(agent_->Shutdown(seconds(20)).ok());
  agent_.reset();
  const Inspection seen = Look();
  EXPECT_FALSE(seen.sends);
  EXPECT_EQ(seen.reason.waiting_for, WaitingFor::kUnknownUser);
  EXPECT_GT(seen.reason.next_try, std::chrono::minutes(5));
  EXPECT_LE(seen.reason.next_try, config_.unknown_user_retry);
}

TEST_F(InspectTest, ADeadNetworkIsTheReason) {
  config_.base_url = "http://127.0.0.1:" + std::to_string(FreePort());
  Start();
  ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  Track(1);
  Inspection seen;
  ASSERT_TRUE(WaitFor([&] { return (seen = Look()).reason.waiting_for == WaitingFor::kBreaker; }));
  EXPECT_EQ(seen.reason.http_status, 0);
  EXPECT_STRNE(seen.reason.words, "");
}

TEST_F(InspectTest, ADeliveryEndsTheNoteOfAFailure) {
  StartAgainst(HttpAnswer("401 No", ""));
  Track(1);
  ASSERT_TRUE(WaitFor([&] { return waiting_for() == WaitingFor::kCredentials; }));
  agent_->Shutdown(seconds(20));
  agent_.reset();
  EXPECT_EQ(Look().last_failure.http_status, 401);
  StartWithCollector();
  ASSERT_TRUE(agent_->Flush(seconds(20)).ok());
  agent_->Shutdown(seconds(20));
  agent_.reset();
  const Inspection seen = Look();
  EXPECT_EQ(seen.last_failure.waiting_for, WaitingFor::kNothing);
  EXPECT_GE(seen.last_delivery.count(), 0);
  EXPECT_EQ(seen.ledger.delivered, 1u);
}

TEST_F(InspectTest, WithoutMemoryThatOutlivesItTheStoreTellsOfTheProcess) {
  config_.crash_safe_intake = false;
  StartAgainst(HttpAnswer("503 Busy", R"({"error":{"code":"B","message":"no room"}})"));
  Track(1);
  Inspection seen;
  ASSERT_TRUE(WaitFor([&] { return (seen = Look()).last_failure.http_status == 503; }));
  EXPECT_TRUE(seen.sends);
  EXPECT_TRUE(seen.processes.empty());
  EXPECT_EQ(seen.reason.waiting_for, WaitingFor::kServer);
  EXPECT_STREQ(seen.reason.words, "no room");
  EXPECT_EQ(seen.last_failure.next_try.count(), 0) << "it has not asked everybody to wait";
}

TEST_F(InspectTest, HowLongTheServerHasAskedToWaitIsToldOfTheLastFailure) {
  StartAgainst(HttpAnswer("503 Busy", "", "Retry-After: 600\r\n"));
  Track(1);
  Inspection seen;
  ASSERT_TRUE(WaitFor([&] { return (seen = Look()).last_failure.next_try.count() > 0; }));
  EXPECT_EQ(seen.last_failure.waiting_for, WaitingFor::kServer);
  EXPECT_GT(seen.last_failure.next_try, std::chrono::minutes(9));
  EXPECT_LT(seen.last_failure.next_try, std::chrono::minutes(15)) << "and some, at random";
  EXPECT_TRUE(seen.sends);
}

TEST_F(InspectTest, APurgeErasesTheWordsOfTheLastFailure) {
  StartAgainst(HttpAnswer("401 No", R"({"error":{"code":"K","message":"about somebody"}})"));
  Track(1);
  ASSERT_TRUE(WaitFor([&] { return waiting_for() == WaitingFor::kCredentials; }));
  Track(1);  // the note goes with the next commit
  ASSERT_TRUE(agent_->Persist(seconds(20)).ok());
  ASSERT_EQ(Look().last_failure.http_status, 401);
  ASSERT_TRUE(agent_->Purge(nullptr, seconds(20)).ok());
  EXPECT_EQ(Look().last_failure.http_status, 0);
  for (const char* end : {"", "-wal"}) {
    EXPECT_EQ(ReadBytes(config_.store_path + end).find("about somebody"), std::string::npos);
  }
}

TEST_F(InspectTest, ConsentIsShownAndWhetherItIsRequired) {
  config_.consent_policy = ConsentPolicy::kRequired;
  StartWithCollector();
  Track(1);
  ASSERT_TRUE(
      WaitFor([&] { return Look().reason.waiting_for == WaitingFor::kConsent; }, seconds(5)));
  EXPECT_EQ(Look().consent, Consent::kUnknown);
  EXPECT_TRUE(Look().consent_required);
  ASSERT_TRUE(agent_->SetConsent(Consent::kGiven).ok());
  EXPECT_TRUE(WaitFor([&] { return Look().consent == Consent::kGiven; }));
}

// Somebody keeps what this process has named from the file.
TEST_F(InspectTest, ABoundIsInForceBeforeTheStoreHoldsIt) {
  StoreLate();
  config_.max_events = 9000;
  Start();
  EndUnsent();
  agent_.reset();
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(config_.store_path.c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  config_.max_events = 7000;
  Start();
  EXPECT_TRUE(WaitFor([&] { return Look().bounds.max_events == 7000; }, seconds(5)));
  EXPECT_EQ(Look().bounds.max_store_bytes, StoreBounds().max_store_bytes);
  EXPECT_EQ(sqlite3_exec(other, "COMMIT", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(other);
  EXPECT_TRUE(agent_->Persist(seconds(20)).ok());
  EXPECT_EQ(Look().bounds.max_events, 7000u);
}

TEST_F(InspectTest, DeadLettersAreListedAsTheAgentListsThem) {
  StartAgainst(HttpAnswer("400 No", R"({"error":{"code":"B","message":"not like this"}})"));
  Track(3);
  ASSERT_TRUE(WaitFor([&] { return ledger().rejected == 3; }));
  std::vector<DeadLetter> listed, seen, rest;
  ASSERT_TRUE(agent_->DeadLetters(&listed).ok());
  ASSERT_TRUE(Agent::InspectDeadLetters(config_, &seen).ok());
  ASSERT_EQ(listed.size(), 3u);
  ASSERT_EQ(seen.size(), 3u);
  for (std::size_t i = 0; i < seen.size(); ++i) {
    EXPECT_EQ(seen[i].id, listed[i].id);
    EXPECT_EQ(seen[i].event_id, listed[i].event_id);
    EXPECT_EQ(seen[i].message, "not like this");
    EXPECT_EQ(seen[i].body, listed[i].body);
  }
  ASSERT_TRUE(Agent::InspectDeadLetters(config_, &rest, 1, seen[1].id).ok());
  ASSERT_EQ(rest.size(), 1u);
  EXPECT_EQ(rest[0].id, seen[2].id);
  EXPECT_EQ(Look().dead_letters, 3u);
}

TEST_F(InspectTest, SeveralProcessesAreAllThere) {
  StoreLate();
  Forked process([&] {  // before this process has threads
    Start();
    Track(3);
    pause();
    return 0;
  });
  Start();
  Track(2);
  Inspection seen;
  EXPECT_TRUE(WaitFor([&] { return (seen = Look()).ledger.accepted == 5; }));
  EXPECT_EQ(seen.processes.size(), 2u);
  EXPECT_EQ(seen.left_over, 0u);
  process.Kill();
  process.Wait();
  seen = Look();
  EXPECT_EQ(seen.ledger.accepted, 5u);
  EXPECT_EQ(seen.processes.size(), 1u);
}

}  // namespace
}  // namespace embeddables::test
