// A device whose clock is wrong: events arrive with the right time all the same.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/certificates.h"
#include "tests/support/clock_host.h"
#include "tests/support/collector.h"
#include "tests/support/fake_device.h"
#include "tests/support/temp_dir.h"
#include "tests/support/timestamp.h"
#include "tests/support/wait_for.h"

namespace embeddables::test {
namespace {

constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::int64_t kYearMs = std::int64_t{365} * 86'400'000;

class ClockTest : public testing::Test {
 protected:
  std::unique_ptr<ClockHost> Start(const std::string& url, const std::string& ca_file = "") {
    return std::make_unique<ClockHost>(device_.environment(), directory_ / "events.db", url,
                                       ca_file);
  }

  // Tracks one more and remembers when that really was.
  void Track(ClockHost* host) {
    const std::int64_t before = FakeDevice::TruthMs();
    EXPECT_EQ(host->Say("track " + std::to_string(tracked_.size())), "ok");
    tracked_.push_back({before, FakeDevice::TruthMs()});
  }

  void ExpectAllArrivedWithTheRightTime() {
    std::size_t arrived = 0;
    std::int64_t worst = 0;
    for (const ReceivedEvent& event : collector_.Received()) {
      const auto& truth = tracked_[static_cast<std::size_t>(event.number)];
      const std::int64_t sent = ParseTimestamp(event.timestamp);
      EXPECT_GE(sent, truth.before - 1'000) << event.timestamp;
      EXPECT_LE(sent, truth.after + 1'000) << event.timestamp;
      worst = std::max({worst, truth.before - sent, sent - truth.after});
      ++arrived;
    }
    EXPECT_EQ(arrived, tracked_.size());
    std::printf("[figure] clock events=%zu worst error=%lld ms\n", arrived,
                static_cast<long long>(worst));
  }

  struct Truth {
    std::int64_t before, after;
  };
  TempDir directory_;
  FakeDevice device_;
  Collector collector_;
  std::vector<Truth> tracked_;
};

TEST_F(ClockTest, TheShimReallyShowsAnotherTime) {
  // The control: with the device in 1970 and nobody to tell, the events carry 1970.
  device_.StartIn1970();
  collector_.SetFaults(R"({"no_date":true})");
  auto host = Start(collector_.url());
  Track(host.get());
  EXPECT_EQ(host->Say("flush 30000"), "ok");
  ASSERT_EQ(collector_.Received().size(), 1u);
  EXPECT_EQ(collector_.Received()[0].timestamp.substr(0, 4), "1970");
  host->Quit();
}

TEST_F(ClockTest, In1970TheHostsWordPutsAllRight) {
  device_.StartIn1970();
  collector_.SetFaults(R"({"no_date":true})");
  auto host = Start(collector_.url());
  host->Say("pause");
  for (int i = 0; i < 3; ++i) Track(host.get());
  EXPECT_EQ(host->Say("persist"), "ok");
  EXPECT_EQ(host->Say("right " + std::to_string(FakeDevice::TruthMs())), "ok");
  for (int i = 0; i < 3; ++i) Track(host.get());
  host->Say("resume");
  EXPECT_EQ(host->Say("flush 30000"), "ok");
  ExpectAllArrivedWithTheRightTime();
  host->Quit();
}

TEST_F(ClockTest, TheHostsWordPutsRightAClockThatIsOnlyHoursOff) {
  for (const std::int64_t off : {3 * kHourMs, -3 * kHourMs, 2 * kYearMs}) {
    device_.Shift(off);
    auto host = Start(collector_.url());
    host->Say("pause");
    EXPECT_EQ(host->Say("persist"), "ok");  // the worker has heard it
    Track(host.get());
    EXPECT_EQ(host->Say("right " + std::to_string(FakeDevice::TruthMs())), "ok");
    Track(host.get());
    host->Say("resume");
    EXPECT_EQ(host->Say("flush 30000"), "ok");
    host->Quit();
  }
  ExpectAllArrivedWithTheRightTime();
}

TEST_F(ClockTest, In1970TheStepOfTheSystemsClockPutsAllRight) {
  device_.StartIn1970();
  auto host = Start("http://127.0.0.1:" + std::to_string(FreePort()));
  for (int i = 0; i < 3; ++i) Track(host.get());
  device_.Shift(0);
  device_.Ring();
  for (int i = 0; i < 3; ++i) Track(host.get());
  host->Quit();
  collector_.SetFaults(R"({"no_date":true})");
  // It goes wrong again, and another process sends: the step is remembered for this boot.
  device_.StartIn1970();
  host = Start(collector_.url());
  EXPECT_EQ(host->Say("flush 30000"), "ok");
  ExpectAllArrivedWithTheRightTime();
  host->Quit();
}

TEST_F(ClockTest, In1970ThePlainRelaysDatePutsAllRight) {
  device_.StartIn1970();
  auto host = Start(collector_.url());
  for (int i = 0; i < 3; ++i) Track(host.get());
  EXPECT_EQ(host->Say("flush 30000"), "ok");
  for (int i = 0; i < 3; ++i) Track(host.get());
  EXPECT_EQ(host->Say("flush 30000"), "ok");
  ExpectAllArrivedWithTheRightTime();
  host->Quit();
}

TEST_F(ClockTest, WhatWasLearntServesARestartAndAnotherProcess) {
  device_.StartIn1970();
  collector_.SetFaults(R"({"no_date":true})");
  auto host = Start(collector_.url());
  host->Say("pause");
  auto other = Start(collector_.url());
  Track(other.get());
  Track(host.get());
  EXPECT_EQ(host->Say("persist"), "ok");
  EXPECT_EQ(host->Say("right " + std::to_string(FakeDevice::TruthMs())), "ok");
  host->Quit();
  // The other one takes over the sending.
  ASSERT_TRUE(WaitFor([this] { return collector_.CountReceived() == 2; }));
  other->Quit();
  host = Start(collector_.url());
  Track(host.get());
  EXPECT_EQ(host->Say("flush 30000"), "ok");
  ExpectAllArrivedWithTheRightTime();
  host->Quit();
}

TEST_F(ClockTest, OverHttpsIn1970AllIsKeptAndTheStepBringsItOut) {
  Authority authority;
  const Certificate mine = authority.Issue("IP:127.0.0.1");
  Collector tls({"--tls", mine.certificate, mine.key});
  device_.StartIn1970();
  auto host = Start(tls.url(), authority.ca_file());
  Track(host.get());
  ASSERT_TRUE(WaitFor([&] { return host->Waiting() == "breaker"; }));
  EXPECT_NE(host->Say("outcomes").find(" tls"), std::string::npos);
  EXPECT_EQ(host->Stat("pending"), 1);
  EXPECT_EQ(tls.CountReceived(), 0u);
  // The next try is minutes away; the step of the clock brings it on at once.
  EXPECT_GT(host->Stat("until"), 60'000);
  device_.Shift(0);
  device_.Ring();
  ASSERT_TRUE(WaitFor([&] { return tls.CountReceived() == 1; }));
  const auto received = tls.Received();
  const std::int64_t sent = ParseTimestamp(received[0].timestamp);
  EXPECT_GE(sent, tracked_[0].before - 1'000);
  EXPECT_LE(sent, tracked_[0].after + 1'000);
  host->Quit();
}

TEST_F(ClockTest, RetryAfterAsADateIsRightUnderAnyClock) {
  for (const std::int64_t off : {std::int64_t{0}, 10 * kYearMs, -10 * kYearMs}) {
    device_.Shift(off);
    const std::time_t then = std::time(nullptr) + 60;
    std::tm parts{};
    gmtime_r(&then, &parts);
    char date[40];
    std::strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    collector_.SetFaults(R"({"status":{"503":1},"retry_after":")" + std::string(date) + "\"}");
    ClockHost host(device_.environment(), directory_ / (std::to_string(off) + ".db"),
                   collector_.url());
    EXPECT_EQ(host.Say("track 0"), "ok");
    ASSERT_TRUE(WaitFor([&] { return host.Waiting() == "server"; }));
    // The asked time, and a quarter of it on top for the jitter.
    const std::int64_t until = host.Stat("until");
    EXPECT_GT(until, 50'000) << off;
    EXPECT_LT(until, 77'000) << off;
    host.Quit();
  }
}

TEST_F(ClockTest, JumpsDisturbNoBackoff) {
  auto host = Start("http://127.0.0.1:" + std::to_string(FreePort()));
  Track(host.get());
  ASSERT_TRUE(WaitFor([&] { return host->Waiting() == "breaker"; }));
  const std::int64_t requests = host->Stat("requests");
  std::int64_t until = host->Stat("until");
  EXPECT_GT(until, 60'000);
  for (const std::int64_t off : {10 * kYearMs, -10 * kYearMs, std::int64_t{0}, kHourMs}) {
    device_.Shift(off);
    device_.Ring();
    Track(host.get());
    EXPECT_EQ(host->Say("persist"), "ok");  // the worker has gone round since
    const std::int64_t now = host->Stat("until");
    EXPECT_LE(now, until);
    EXPECT_GT(now, until - 20'000);
    until = now;
    EXPECT_EQ(host->Stat("requests"), requests);
  }
  EXPECT_EQ(host->Stat("pending"), 5) << "no age has passed";
  host->Quit();
}

TEST_F(ClockTest, TimeZonesAndTheirSummersDoNothing) {
  for (const char* zone : {"America/New_York", "Pacific/Apia", "Australia/Lord_Howe", ":broken"}) {
    setenv("TZ", zone, 1);
    auto host = Start(collector_.url());
    Track(host.get());
    EXPECT_EQ(host->Say("flush 30000"), "ok");
    host->Quit();
  }
  unsetenv("TZ");
  ExpectAllArrivedWithTheRightTime();
}

// The device sleeps, and nobody says so.
TEST_F(ClockTest, AnUnannouncedSleepCostsTheOldConnectionsAndNoWaitingTime) {
  const auto host = Start(collector_.url());
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(host->Say("track 1"), "ok");
    EXPECT_EQ(host->Say("flush 30000"), "ok");
  }
  EXPECT_EQ(host->Stat("connections"), 1) << "kept warm";
  device_.Shift(0, 3'600'000);  // an hour of sleep; nobody rings
  EXPECT_EQ(host->Say("track 1"), "ok");
  EXPECT_EQ(host->Say("flush 30000"), "ok");
  EXPECT_EQ(host->Stat("connections"), 2);
  EXPECT_EQ(host->Stat("delivered"), 3);

  // A wait of some minutes goes on while the device sleeps, and ends with it.
  collector_.SetFaults(R"({"drop_before":1})");
  EXPECT_EQ(host->Say("track 1"), "ok");
  ASSERT_TRUE(WaitFor([&] { return host->Waiting() == "breaker"; }));
  const std::int64_t until = host->Stat("until");
  const std::int64_t requests = host->Stat("requests");
  EXPECT_GT(until, 200'000);
  device_.Shift(0, 3'600'000 + 100'000);
  device_.Ring();
  ASSERT_TRUE(WaitFor([&] { return host->Stat("until") <= until - 100'000; }));
  EXPECT_EQ(host->Stat("requests"), requests) << "not yet due";
  collector_.SetFaults("{}");
  device_.Shift(0, 3'600'000 + 700'000);
  device_.Ring();
  EXPECT_TRUE(WaitFor([&] { return host->Stat("delivered") == 4; }));
  host->Quit();
}

}  // namespace
}  // namespace embeddables::test
