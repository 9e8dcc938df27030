// Whose an event is: the person who is identified, a window that waits for one, and a user whom the
// server does not know.

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "tests/support/store_fixture.h"

namespace embeddables {
namespace {

using test::StoreTest;

TEST_F(StoreTest, ARollbackForgetsWhoWasIdentifiedInIt) {
  Identify("first@x");
  ASSERT_TRUE(store_->inbox().Begin(100));
  ASSERT_TRUE(store_->inbox().Identify("email", ValueJson("second@x")));
  store_->inbox().Rollback();
  AppendOne("a");
  const auto events = Fetch();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].identifier_json, "\"first@x\"");
}

TEST_F(StoreTest, UnidentifiedEventsGoToTheNextPerson) {
  AppendOne("before");
  EXPECT_TRUE(Fetch().empty());
  Identify("a@b.c");
  AppendOne("after");
  const auto events = Fetch();
  ASSERT_EQ(Names(events), "before after");
  for (const StoredEvent& event : events) {
    EXPECT_EQ(event.identifier_key, "email");
    EXPECT_EQ(event.identifier_json, "\"a@b.c\"");
  }
}

TEST_F(StoreTest, ResetClosesTheWindow) {
  AppendOne("strangers");
  ResetIdentity();
  AppendOne("mine");
  Identify("a@b.c");
  EXPECT_EQ(Names(Fetch()), "mine");
  ResetIdentity();
  AppendOne("others");
  Identify("d@e.f");
  const auto events = Fetch();
  EXPECT_EQ(Names(events), "others");
  EXPECT_EQ(events[0].identifier_json, "\"d@e.f\"");
}

TEST_F(StoreTest, AWindowStaysOpenAcrossRestarts) {
  AppendOne("before");
  store_->Close();
  Open();
  Identify("a@b.c");
  EXPECT_EQ(Names(Fetch()), "before");
}

TEST_F(StoreTest, AnEventsOwnIdentifierWins) {
  Identify("a@b.c");
  EventOptions own;
  own.identifier = {"user", 7};
  AppendOne("theirs", own);
  const auto events = Fetch();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].identifier_key, "user");
  EXPECT_EQ(events[0].identifier_json, "7");
}

TEST_F(StoreTest, AnUnknownUserIsProbedWithOneEventAndOthersGoOn) {
  EventOptions unknown, known;
  unknown.identifier = {"email", "unknown@x"};
  known.identifier = {"email", "known@x"};
  for (int i = 0; i < 3; ++i) AppendOne("u", unknown);
  AppendOne("k", known);
  const AgeTime due = store_->AgeNow() + 60'000;
  auto events = Fetch();
  EXPECT_EQ(Names(events), "u u u k");
  ASSERT_TRUE(store_->outbox().Settle({Settled(events[0], Settlement::Kind::kUnknownUser, due),
                                       Settled(events[1], Settlement::Kind::kUntouched),
                                       Settled(events[2], Settlement::Kind::kUntouched),
                                       Settled(events[3], Settlement::Kind::kDelivered)}));
  EXPECT_TRUE(Fetch().empty());
  EXPECT_EQ(store_->outbox().NextDue(), due);
  clock_.Advance(60'000);
  const auto probe = Fetch();
  EXPECT_EQ(Names(probe), "u");
  EXPECT_TRUE(Fetch().empty());
  SettleAll(probe, Settlement::Kind::kDelivered);
  EXPECT_EQ(Names(Fetch()), "u u");
}

// Or the worker would look for it at once, and again, until the probe's verdict.
TEST_F(StoreTest, WhatWaitsForAProbeIsNotDue) {
  EventOptions unknown;
  unknown.identifier = {"email", "unknown@x"};
  for (int i = 0; i < 3; ++i) AppendOne("u", unknown);
  const AgeTime due = store_->AgeNow() + 60'000;
  auto events = Fetch();
  ASSERT_EQ(events.size(), 3u);
  ASSERT_TRUE(store_->outbox().Settle({Settled(events[0], Settlement::Kind::kUnknownUser, due),
                                       Settled(events[1], Settlement::Kind::kRetry, due),
                                       Settled(events[2], Settlement::Kind::kRetry, due)}));
  clock_.Advance(60'000);
  const auto probe = Fetch();
  EXPECT_EQ(probe.size(), 1u);
  EXPECT_EQ(store_->outbox().NextDue(), AgeTime::Never());
  SettleAll(probe, Settlement::Kind::kDelivered);
  EXPECT_EQ(store_->outbox().NextDue(), due);
  EXPECT_EQ(Fetch().size(), 2u);
}

TEST_F(StoreTest, AnUnknownUsersEventsEndAsDeadLetters) {
  EventOptions unknown;
  unknown.identifier = {"email", "unknown@x"};
  for (int i = 0; i < 3; ++i) AppendOne("u", unknown);
  SettleAll(Fetch(1), Settlement::Kind::kUnknownUser, store_->AgeNow() + 1);
  clock_.Advance(25 * 3'600'000);
  SettleAll(Fetch(), Settlement::Kind::kUnknownUser, store_->AgeNow() + 1);
  EXPECT_EQ(store_->ledger().rejected, 3u);
  EXPECT_EQ(store_->ledger().pending, 0u);
  EXPECT_EQ(store_->letters().count(), 3u);
}

// All at once would take as much of the disk again as they do.
TEST_F(StoreTest, AnUnknownUsersManyEventsAreBuriedInStepsThatFollowAtOnce) {
  EventOptions unknown;
  unknown.identifier = {"email", "unknown@x"};
  for (int i = 0; i < 600; ++i) AppendOne("u", unknown);
  const auto answer = [this] {
    const std::vector<StoredEvent> events = Fetch();
    ASSERT_EQ(events.size(), 1u) << "one probe at a time";
    const AgeTime due = store_->AgeNow() + config_.unknown_user_retry.count();
    ASSERT_TRUE(store_->outbox().Settle({Settled(events[0], Settlement::Kind::kUnknownUser, due)}));
  };
  SettleAll(Fetch(1), Settlement::Kind::kUnknownUser, store_->AgeNow() + 1);
  clock_.Advance(25 * 3'600'000);
  for (const std::uint64_t buried : {250u, 500u, 600u}) {
    answer();
    EXPECT_EQ(store_->ledger().rejected, buried);
    EXPECT_EQ(store_->ledger().pending, 600 - buried);
    EXPECT_EQ(store_->letters().count(), buried);
  }
  EXPECT_TRUE(store_->ledger().balanced());
}

TEST_F(StoreTest, AnUnknownUsersTimeCountsFromTheFirstAnswer) {
  EventOptions unknown;
  unknown.identifier = {"email", "unknown@x"};
  AppendOne("u", unknown);
  const auto answered = [this](const std::vector<StoredEvent>& events) {
    const AgeTime due = store_->AgeNow() + config_.unknown_user_retry.count();
    return Settled(events.at(0), Settlement::Kind::kUnknownUser, due);
  };
  const Settlement first = answered(Fetch());
  clock_.Advance(2 * 3'600'000);  // until the disk takes it
  ASSERT_TRUE(store_->outbox().Settle({first}));
  clock_.Advance(22 * 3'600'000);
  ASSERT_TRUE(store_->outbox().Settle({answered(Fetch())}));
  EXPECT_EQ(store_->letters().count(), 1u);
}

}  // namespace
}  // namespace embeddables
