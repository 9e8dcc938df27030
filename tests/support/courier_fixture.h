// A courier on a real store, with time and network in the test's hands.

#ifndef EMBEDDABLES_TESTS_SUPPORT_COURIER_FIXTURE_H_
#define EMBEDDABLES_TESTS_SUPPORT_COURIER_FIXTURE_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/send/courier.h"
#include "tests/support/fakes.h"
#include "tests/support/temp_dir.h"

namespace embeddables {

class CourierTest : public testing::Test {
 protected:
  void SetUp() override {
    config_.project_id = "pr_x";
    config_.embeddable_id = "flow_x";
    config_.outcome_capacity = 10'000;
    Make();
  }
  void TearDown() override { EXPECT_TRUE(store_->ledger().balanced()); }

  void Make() {
    courier_.reset();
    store_.reset();
    store_ = std::make_unique<Store>(config_, clock_);
    const Status opened = store_->Open(directory_ / "events.db");
    ASSERT_TRUE(opened.ok()) << opened.message();
    endpoint_ = std::make_unique<Endpoint>(config_);
    reporter_ = std::make_unique<Reporter>(config_);
    courier_ = std::make_unique<Courier>(config_, clock_, endpoint_.get(), reporter_.get(), 1);
    courier_->UseTransport(&transport_);
    courier_->UseStore(store_.get());
    courier_->SetSender(true);
  }

  void Track(int count, const std::string& user = "a@b.c", bool critical = false) {
    ASSERT_TRUE(store_->inbox().Begin(1000));
    for (int i = 0; i < count; ++i) {
      EventOptions options;
      options.identifier = {"email", user};
      if (critical) options.priority = Priority::kCritical;
      std::size_t bytes = 0;
      ASSERT_TRUE(MeasureEvent(EventRules(), "an_event", {}, options, &bytes).ok());
      EventStamp stamp;
      stamp.wall_ms = clock_.WallMs();
      stamp.boot_ms = clock_.BootMs();
      MakeEventId(clock_.WallMs(), 1, 2, serial_++, &stamp);
      std::string encoded(bytes, '\0');
      EncodeEvent(EventRules(), "an_event", {}, options, stamp, encoded.data());
      Record record;
      ASSERT_TRUE(DecodeRecord(encoded, &record));
      ASSERT_TRUE(store_->inbox().Append(record, encoded));
    }
    ASSERT_TRUE(store_->inbox().Commit());
    courier_->EventsStored(static_cast<std::uint64_t>(count), critical);
  }

  void Step() { courier_->Step(); }

  // As the worker does: steps whenever the courier wants to, up to `ms` from now.
  void Run(std::int64_t ms) {
    const BootTime end = BootNow(clock_) + ms;
    for (int at_once = 0; at_once < 1'000; ++at_once) {
      Step();
      const BootTime next = courier_->NextStep();
      if (next > end) break;
      if (next > BootNow(clock_)) at_once = 0;
      clock_.Advance(std::max<std::int64_t>(0, next - BootNow(clock_)));
    }
    EXPECT_GT(courier_->NextStep(), end) << "it steps again and again, and time stands still";
    clock_.Advance(std::max<std::int64_t>(0, end - BootNow(clock_)));
    Step();
  }

  // Answers everything the same way as often as asked, within `ms`.
  void RunAnswering(const Response& response, std::int64_t ms) {
    const std::int64_t end = clock_.BootMs() + ms;
    while (clock_.BootMs() < end) {
      Step();
      if (!transport_.open.empty()) {
        transport_.AnswerAll(response);
        Step();
      }
      clock_.Advance(50);
    }
  }

  WaitingFor Waiting() { return courier_->Why().reason.waiting_for; }

  std::vector<OutcomeKind> Outcomes() {
    std::vector<Outcome> out(10'000);
    out.resize(reporter_->TakeOutcomes(out.data(), out.size()));
    std::vector<OutcomeKind> kinds;
    for (const Outcome& outcome : out) kinds.push_back(outcome.kind);
    return kinds;
  }

  test::TempDir directory_;
  test::FakeClock clock_;
  Config config_;
  test::FakeTransport transport_;
  std::uint64_t serial_ = 0;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Endpoint> endpoint_;
  std::unique_ptr<Reporter> reporter_;
  std::unique_ptr<Courier> courier_;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_TESTS_SUPPORT_COURIER_FIXTURE_H_
