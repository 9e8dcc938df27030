// The courier and what time it is: a clock that starts in 1970, and one that jumps.

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/courier_fixture.h"

namespace embeddables {
namespace {

using test::Failed;
using test::Http;

class CourierIn1970 : public CourierTest {
 protected:
  void SetUp() override {
    clock_.wall_ms = 5'000;
    CourierTest::SetUp();
  }
  void Drain(int count = 1) {
    Track(count, "a@b.c", true);
    Step();
  }
  static Response Dated(int status, const char* date) {
    Response response = Http(status, "", false);
    response.date = date;
    return response;
  }
  std::string SentTime() const {
    const std::string& body = transport_.begun.back().body;
    return body.substr(body.find("timestamp") + 12, 20);
  }
};

TEST_F(CourierIn1970, AsksForTheTimeBeforeTheFirstEvent) {
  Drain(3);
  ASSERT_EQ(transport_.begun.size(), 1u);
  EXPECT_TRUE(transport_.begun[0].head);
  for (const std::string& header : transport_.begun[0].headers) {
    EXPECT_EQ(header.find("X-Api-Key"), std::string::npos);
  }
  Run(60'000);
  EXPECT_EQ(transport_.begun.size(), 1u) << "nothing goes before the answer, however late";
  transport_.Answer(Dated(404, "Sun, 31 May 2026 10:00:00 GMT"));
  Step();
  EXPECT_EQ(transport_.open.size(), 3u);
  EXPECT_EQ(SentTime().substr(0, 14), "2026-05-31T09:");
}

TEST_F(CourierIn1970, APortalsDateCountsForNothing) {
  for (const int status : {302, 407, 511}) {
    Make();
    transport_.CancelAll();
    Drain();
    transport_.Answer(Dated(status, "Sun, 31 May 2026 10:00:00 GMT"));
    Step();
    EXPECT_TRUE(transport_.open.empty()) << status;
    EXPECT_EQ(Waiting(), WaitingFor::kBreaker) << status;
    EXPECT_EQ(store_->facts().true_offset().source, TrueOffset::Source::kNone);
  }
}

TEST_F(CourierIn1970, AnOutageIsBackedOffAndAskedAgain) {
  Drain();
  transport_.Answer(Failed(NetworkError::kTls));
  Step();
  EXPECT_EQ(Waiting(), WaitingFor::kBreaker);
  EXPECT_EQ(store_->ledger().pending, 1u);
  Run(config_.backoff_initial.count() + 10);
  ASSERT_EQ(transport_.open.size(), 1u);
  EXPECT_TRUE(transport_.begun.back().head);
  // The clock is set meanwhile: no question, and no waiting either.
  transport_.Answer(Failed(NetworkError::kTls));
  Step();
  clock_.wall_ms = 1'780'000'000'000;
  courier_->ClockCameRight();
  Step();
  ASSERT_EQ(transport_.open.size(), 1u);
  EXPECT_FALSE(transport_.begun.back().head);
  EXPECT_EQ(SentTime().substr(0, 4), "2026");
}

// Some proxies and relays take a POST, and let a HEAD hang or send it elsewhere.
TEST_F(CourierIn1970, IfTheQuestionIsNotAnsweredTheFirstEventsAnswerTellsTheTime) {
  for (const Response& none : {Http(302, "", false), Http(511), Failed(NetworkError::kTimeout)}) {
    Make();
    transport_.CancelAll();
    Drain(3);
    ASSERT_TRUE(transport_.begun.back().head) << none.status;
    transport_.AnswerAll(none);
    Step();
    Run(config_.backoff_initial.count() + 10);
    ASSERT_EQ(transport_.open.size(), 1u) << none.status;
    EXPECT_FALSE(transport_.begun.back().head) << none.status;
    EXPECT_EQ(SentTime().substr(0, 4), "1970") << none.status;
  }
  Response delivered = Dated(200, "Sun, 31 May 2026 10:00:00 GMT");
  delivered.TakeBody(R"({"entry_id":"entry_1"})");
  transport_.AnswerAll(delivered);
  Step();
  ASSERT_FALSE(transport_.open.empty());
  EXPECT_EQ(SentTime().substr(0, 14), "2026-05-31T09:");
}

TEST_F(CourierIn1970, IfTheEventIsNotAnsweredEitherTheTimeIsAskedForAgain) {
  Drain();
  std::string heads;
  for (int i = 0; i < 6; ++i) {
    ASSERT_EQ(transport_.open.size(), 1u);
    heads += transport_.begun.back().head ? 'H' : 'P';
    transport_.AnswerAll(Failed(i < 2 ? NetworkError::kConnect : NetworkError::kTimeout));
    Step();
    Run(config_.backoff_max.count());
  }
  EXPECT_EQ(heads, "HHHPHP");
}

TEST_F(CourierIn1970, AServerWithoutATimeGetsEventsAsTheyAreStamped) {
  for (const char* date : {"", "gibberish", "Thu, 01 Jan 1970 00:00:00 GMT"}) {
    Make();
    transport_.CancelAll();
    Drain();
    ASSERT_TRUE(transport_.begun.back().head);
    transport_.Answer(Dated(200, date));
    Step();
    EXPECT_FALSE(transport_.open.empty());
    EXPECT_EQ(SentTime().substr(0, 4), "1970");
  }
}

TEST_F(CourierIn1970, CancelForgetsTheQuestion) {
  Drain();
  courier_->Cancel();
  EXPECT_TRUE(courier_->idle());
  Step();
  ASSERT_EQ(transport_.open.size(), 1u);
  EXPECT_TRUE(transport_.begun.back().head);
}

TEST_F(CourierIn1970, ARequeuedEventGetsTheRightTimeToo) {
  Drain();
  transport_.Answer(Dated(404, ""));  // it tells no time
  Step();
  EXPECT_EQ(SentTime().substr(0, 4), "1970");
  transport_.Answer(Http(422));
  Step();
  clock_.Advance(60'000);
  ASSERT_TRUE(
      store_->SetTrueOffset({TrueOffset::Source::kHost, 1'780'221'600'000 - clock_.BootMs()}));
  std::uint64_t count = 0;
  ASSERT_TRUE(store_->Requeue(0, &count));
  courier_->SendNow();
  Step();
  ASSERT_EQ(transport_.open.size(), 1u);
  EXPECT_EQ(SentTime(), "2026-05-31T09:59:00.");
}

TEST_F(CourierIn1970, AnEarlierBootKeepsItsStamp) {
  Track(1);
  courier_->Cancel();
  store_.reset();
  clock_.boot_id = "boot-2";
  clock_.boot_ms = 500;
  Make();
  store_->SetTrueOffset({TrueOffset::Source::kHost, 1'780'000'000'000});
  Drain(1);
  ASSERT_EQ(transport_.open.size(), 2u);
  std::multiset<std::string> years;
  for (const auto& each : transport_.open) {
    years.insert(each.second.body.substr(each.second.body.find("timestamp") + 12, 4));
  }
  EXPECT_EQ(years, (std::multiset<std::string>{"1970", "2026"}));
}

TEST_F(CourierTest, ALearntTimeEndsWithItsBoot) {
  ASSERT_TRUE(store_->SetTrueOffset({TrueOffset::Source::kHost, 42}));
  Make();
  EXPECT_EQ(store_->facts().true_offset().wall_minus_boot_ms, 42);
  clock_.boot_id = "boot-2";
  Make();
  EXPECT_EQ(store_->facts().true_offset().source, TrueOffset::Source::kNone);
}

TEST_F(CourierTest, AWallClockThatJumpsAgesNothing) {
  Track(3);
  bool more = true;
  for (const std::int64_t years : {100, -100, 30}) {
    clock_.wall_ms += years * 365 * 86'400'000;
    while (more) ASSERT_TRUE(store_->ExpireSome(&more));
  }
  EXPECT_EQ(store_->ledger().pending, 3u);
}

}  // namespace
}  // namespace embeddables
