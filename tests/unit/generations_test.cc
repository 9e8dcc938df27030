// When connections are left for new ones.

#include "agent/send/generations.h"

#include <gtest/gtest.h>

#include <string>

namespace embeddables {
namespace {

class GenerationsTest : public testing::Test {
 protected:
  GenerationsTest() {
    policy_.initial_ms = 1000;
    policy_.max_ms = 8000;
  }

  // A request that ends so, at once. True: it needed a new connection.
  bool Send(ConnectionSign sign) {
    generations_.Prepare(now_);
    const bool fresh = generations_.fresh();
    const std::uint32_t generation = generations_.Begin();
    generations_.Ended(generation);
    generations_.Heard(generation, sign, now_, &random_);
    return fresh;
  }
  bool LeavesAfter(ConnectionSign sign) {
    Send(sign);
    return Send(ConnectionSign::kGood);
  }

  BootTime now_{1'000'000};
  Random random_{1};
  BackoffPolicy policy_;
  Generations generations_{policy_, false};
};

TEST_F(GenerationsTest, OneBadSignIsEnoughAndNoneAndGoodAreNot) {
  EXPECT_FALSE(LeavesAfter(ConnectionSign::kGood));
  EXPECT_FALSE(LeavesAfter(ConnectionSign::kNone));
  EXPECT_TRUE(LeavesAfter(ConnectionSign::kBad));
  EXPECT_FALSE(Send(ConnectionSign::kGood)) << "the next one shares it";
}

TEST_F(GenerationsTest, ItTakesTwoDoubtsInARow) {
  EXPECT_FALSE(LeavesAfter(ConnectionSign::kDoubtful));
  EXPECT_FALSE(LeavesAfter(ConnectionSign::kDoubtful)) << "there was an answer in between";
  Send(ConnectionSign::kDoubtful);
  EXPECT_TRUE(LeavesAfter(ConnectionSign::kDoubtful));
}

// In HTTP/1.1 it hurts no other request.
TEST_F(GenerationsTest, HalfAnAnswerIsADoubtAndNoAnswer) {
  EXPECT_FALSE(LeavesAfter(ConnectionSign::kHalf));
  for (int i = 0; i < 2; ++i) {
    EXPECT_FALSE(generations_.http1_only());
    now_ += 20'000;
    Send(ConnectionSign::kHalf);
    Send(ConnectionSign::kHalf);
  }
  EXPECT_TRUE(Send(ConnectionSign::kHalf));
  EXPECT_FALSE(generations_.http1_only()) << "the first of them had brought an answer";
  now_ += 20'000;
  Send(ConnectionSign::kHalf);
  EXPECT_TRUE(Send(ConnectionSign::kGood));
  EXPECT_TRUE(generations_.http1_only());
}

// A server that fails now and then would be greeted with handshakes otherwise.
TEST_F(GenerationsTest, DoubtsCostAtMostOneConnectionAStepOfTheBackoff) {
  int connections = 0;
  for (int i = 0; i < 6000; ++i) {
    connections += Send(i % 3 == 0 ? ConnectionSign::kGood : ConnectionSign::kDoubtful) ? 1 : 0;
    now_ += 10;
  }
  EXPECT_GE(connections, 60'000 / (2 * 8000));
  EXPECT_LE(connections, 3 + 60'000 / 4000) << "steps of 4 to 8 s, after the first ones";
}

TEST_F(GenerationsTest, WhatEndsOnALeftConnectionSaysNothing) {
  generations_.Prepare(now_);
  const std::uint32_t old = generations_.Begin();
  const std::uint32_t dead = generations_.Begin();
  generations_.Ended(dead);
  generations_.Heard(dead, ConnectionSign::kBad, now_, &random_);
  EXPECT_FALSE(generations_.IsLeft(old)) << "nothing went over a new one yet";
  EXPECT_EQ(generations_.in_flight(), 0u) << "it holds nothing up all the same";
  EXPECT_TRUE(Send(ConnectionSign::kGood));
  EXPECT_TRUE(generations_.IsLeft(old));
  generations_.Ended(old);
  now_ += 60'000;
  generations_.Heard(old, ConnectionSign::kBad, now_, &random_);
  EXPECT_FALSE(Send(ConnectionSign::kGood));
}

TEST_F(GenerationsTest, TwoConnectionsWithoutAnAnswerEndHttp2ForAnHour) {
  Send(ConnectionSign::kBad);
  now_ += 2000;
  Send(ConnectionSign::kGood);
  EXPECT_FALSE(generations_.http1_only());
  for (int i = 0; i < 3; ++i) {
    now_ += 2000;
    Send(ConnectionSign::kBad);
    EXPECT_FALSE(generations_.http1_only()) << "the first of them had brought one";
  }
  EXPECT_TRUE(Send(ConnectionSign::kGood));
  EXPECT_TRUE(generations_.http1_only());
  now_ += 59 * 60'000;
  EXPECT_FALSE(Send(ConnectionSign::kGood));
  EXPECT_TRUE(generations_.http1_only());
  now_ += 60'000;
  EXPECT_TRUE(Send(ConnectionSign::kGood));
  EXPECT_FALSE(generations_.http1_only());
}

TEST_F(GenerationsTest, WhereHttp1BringsNoAnswerEitherHttp2IsOfferedAgain) {
  for (const ConnectionSign sign : {ConnectionSign::kBad, ConnectionSign::kNone}) {
    for (int i = 0; i < 2; ++i) {
      now_ += 20'000;
      Send(ConnectionSign::kBad);
    }
    now_ += 20'000;
    EXPECT_TRUE(Send(sign));
    EXPECT_TRUE(generations_.http1_only());
    EXPECT_TRUE(Send(ConnectionSign::kNone));
    EXPECT_FALSE(generations_.http1_only());
  }
}

TEST_F(GenerationsTest, AnotherNetworkGetsHttp2Again) {
  Send(ConnectionSign::kBad);
  now_ += 2000;
  Send(ConnectionSign::kBad);
  Send(ConnectionSign::kGood);
  EXPECT_TRUE(generations_.http1_only());
  generations_.NetworkChanged();
  EXPECT_TRUE(Send(ConnectionSign::kGood));
  EXPECT_FALSE(generations_.http1_only());
}

}  // namespace
}  // namespace embeddables
