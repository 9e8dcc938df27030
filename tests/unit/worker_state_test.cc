// What the worker tells of its states, and of events that end with it.

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/event/event.h"
#include "agent/intake/live_status.h"
#include "agent/store/store.h"
#include "agent/store/store_sql.h"
#include "agent/worker/calls/erasure_calls.h"
#include "agent/worker/calls/setting_calls.h"
#include "agent/worker/calls/shutdown_call.h"
#include "platform/paths.h"
#include "tests/support/bytes.h"
#include "tests/support/other_program.h"
#include "tests/support/worker_fixture.h"

namespace embeddables::test {
namespace {

using Texts = std::vector<std::string>;

class DebuggedWorkerTest : public WorkerTest {
 protected:
  DebuggedWorkerTest() { config_.log_level = LogLevel::kDebug; }

  // The debug lines about states since the last call; those about requests are Herald's.
  Texts Lines() {
    Texts lines;
    for (LogLine line; reporter_->TakeLog(&line, 1) == 1;) {
      const std::string text = line.text;
      const std::string about = text.substr(0, text.find(':'));
      const bool request =
          about == "request" || about == "answer" || about == "no answer" || about == "next try";
      if (line.level == LogLevel::kDebug && !request) lines.push_back(text);
    }
    return lines;
  }
};

TEST_F(DebuggedWorkerTest, EachChangeOfStateIsOneLine) {
  EXPECT_EQ(Lines(), Texts{"sender: this process"});
  worker_->Step();
  EXPECT_EQ(Lines(), Texts()) << "nothing has changed";
  const auto say = [this](const std::shared_ptr<Call>& call) {
    ASSERT_TRUE(mailbox_.Post(call));
    worker_->Step();
    worker_->Step();
  };
  say(MakeCall<SetNetworkCall>(NetworkState::kUnavailable));
  say(MakeCall<SetNetworkCall>(NetworkState::kUnavailable));
  EXPECT_EQ(Lines(), Texts{"network: unavailable"});
  say(MakeCall<SetConsentCall>(Consent::kGiven));
  EXPECT_EQ(Lines(), Texts{"consent: given"});
  RemoveFile(path_ + ".lock");
  clock_.Advance(100);
  worker_->Step();
  EXPECT_EQ(Lines(), Texts()) << "it has the new lock at once";
}

TEST_F(DebuggedWorkerTest, SoIsTheBreaker) {
  Lines();
  EventOptions options;
  options.identifier = {"email", "a@b.c"};
  std::size_t bytes = 0;
  MeasureEvent(EventRules(), "an_event", {}, options, &bytes);
  const Intake::Slot slot = intake_.Reserve(bytes, false);
  EncodeEvent(EventRules(), "an_event", {}, options, EventStamp(), slot.data);
  Intake::Commit(slot);
  Run(120'000);
  ASSERT_EQ(transport_->open.size(), 1u);
  transport_->AnswerAll(Response());  // there is none
  worker_->Step();
  EXPECT_EQ(Lines(), Texts{"breaker: open"});
  Run(120'000);
  EXPECT_EQ(Lines(), Texts{"breaker: half open"});
}

TEST_F(DebuggedWorkerTest, SoIsTheStoresTrouble) {
  Lines();
  std::filesystem::rename(path_, path_ + ".gone");
  std::filesystem::create_directory(path_);  // so that no file can take its place
  Run(10'000);
  EXPECT_EQ(Lines(), Texts{"store: its file was moved or replaced"});
  std::filesystem::remove(path_);
  Run(10'000);
  EXPECT_EQ(Lines(), Texts{"store: no trouble"});
}

TEST_F(WorkerTest, AHostThatWantsNoDebugLinesGetsNone) {
  ASSERT_TRUE(mailbox_.Post(MakeCall<SetNetworkCall>(NetworkState::kUnavailable)));
  worker_->Step();
  LogLine line;
  EXPECT_EQ(reporter_->TakeLog(&line, 1), 0u);
}

// With memory that outlives the process, and a page there for those who look at the store.
class ShownWorkerTest : public WorkerTest {
 protected:
  ShownWorkerTest() {
    memory_folder_ = directory_.path();
    config_.api_key = "rk_demokey";
    config_.flush_interval = std::chrono::milliseconds(1);
  }

  void SetUp() override {
    WorkerTest::SetUp();
    for (const std::string& each : FilesBeginningWith(memory_folder_ + "/")) {
      if (each.find(".intake") != std::string::npos) memory_file_ = each;
    }
    ASSERT_FALSE(memory_file_.empty());
  }

  LiveStatus Page() const {
    LiveStatus status;
    EXPECT_EQ(ReadLiveStatus(ReadBytes(memory_file_), &status), PageState::kWhole);
    return status;
  }

  void ShutDown() {
    intake_.Close();
    const auto call = MakeCall<ShutdownCall>(/*send=*/true);
    call->Place(BootNow(clock_), 1000, intake_.Position());
    ASSERT_TRUE(mailbox_.Post(call));
    Run(2'000);
    ASSERT_TRUE(worker_->ended());
  }

  std::string memory_file_;
};

TEST_F(ShownWorkerTest, AfterTheEndThePageSaysThatThisProcessSendsNoLonger) {
  Append(1);
  Run(10'000);
  ASSERT_EQ(transport_->open.size(), 1u);
  EXPECT_EQ(Page().in_flight, 1u);
  transport_->AnswerAll(Delivered());
  Run(10'000);
  Append(1);
  Run(10'000);
  transport_->AnswerAll(Http(503));
  Run(100);
  const LiveStatus before = Page();
  EXPECT_EQ(before.sender, 1);
  EXPECT_EQ(before.has_lock, 1);
  EXPECT_EQ(before.http_status, 503);
  EXPECT_NE(before.last_delivery_ms, INT64_MIN);

  EventOptions options;
  std::size_t bytes = 0;
  ASSERT_TRUE(MeasureEvent(EventRules(), "an_event", {}, options, &bytes).ok());
  const Intake::Slot slot = intake_.Reserve(bytes, false);
  EncodeEvent(EventRules(), "an_event", {}, options, EventStamp(), slot.data);
  Intake::Commit(slot);
  ASSERT_TRUE(other_.inbox().Begin(1)) << "holds the store, so that the memory stays";
  ShutDown();
  other_.inbox().Rollback();
  const LiveStatus after = Page();
  EXPECT_EQ(after.sender, 0);
  EXPECT_EQ(after.has_lock, 0) << "whoever looks would believe that nobody else sends";
  EXPECT_EQ(after.in_flight, 0u);
  EXPECT_EQ(after.pid, before.pid);
  EXPECT_STREQ(after.version, before.version);
  EXPECT_EQ(after.last_delivery_ms, before.last_delivery_ms);
  EXPECT_EQ(after.waiting_for, before.waiting_for) << "what was in the way is still said";
  EXPECT_EQ(after.http_status, 503);
  EXPECT_STREQ(after.words, before.words);
}

TEST_F(ShownWorkerTest, ThePageHoldsNoKeyAndNoIdentifier) {
  Append(1);
  Run(10'000);
  transport_->AnswerAll(
      Http(503, R"({"error":{"code":"B","message":"rk_demokey may not say a@b.c or a&#64;b.c"}})"));
  Run(100);
  EXPECT_EQ(Page().http_status, 503);
  EXPECT_STREQ(Page().words, "[secret] may not say [identifier] or [identifier]");
  const std::string file = ReadBytes(memory_file_);
  EXPECT_EQ(file.find("rk_demokey"), std::string::npos);
  EXPECT_EQ(file.find("a@b.c"), std::string::npos);
}

TEST_F(ShownWorkerTest, AfterAnEndThatLeavesNothingThereIsNoPage) {
  ShutDown();
  EXPECT_FALSE(std::filesystem::exists(memory_file_));
}

class ForgetfulWorkerTest : public WorkerTest {
 protected:
  ForgetfulWorkerTest() { config_.crash_safe_intake = false; }

  void Track(int count) {
    std::size_t bytes = 0;
    MeasureEvent(EventRules(), "an_event", {}, EventOptions(), &bytes);
    for (int i = 0; i < count; ++i) {
      const Intake::Slot slot = intake_.Reserve(bytes, false);
      EncodeEvent(EventRules(), "an_event", {}, EventOptions(), EventStamp(), slot.data);
      Intake::Commit(slot);
    }
  }

  // As the host's Shutdown, until it is over.
  Status ShutDown() {
    intake_.Close();
    const auto call = MakeCall<ShutdownCall>(/*send=*/false);
    call->Place(BootNow(clock_), 1000, intake_.Position());
    EXPECT_TRUE(mailbox_.Post(call));
    for (int i = 0; i < 1000 && !worker_->ended(); ++i) {
      worker_->Step();
      clock_.Advance(10);
    }
    EXPECT_TRUE(worker_->ended());
    return call->status();
  }

  Ledger LastLedger() {
    const MutexLock lock(mailbox_.mutex);
    return mailbox_.stats.ledger;
  }

  std::uint64_t ToldLost() {
    std::uint64_t count = 0;
    for (Outcome told; reporter_->TakeOutcomes(&told, 1) == 1;) {
      const bool lost = told.kind == OutcomeKind::kDropped;
      if (lost && told.reason == DropReason::kStoreFailed) count += told.count;
    }
    return count;
  }
};

constexpr auto kLost = static_cast<std::size_t>(DropReason::kStoreFailed);

TEST_F(ForgetfulWorkerTest, WhatTheStoreRefusesToTheEndIsCountedAndTold) {
  Track(3);
  ASSERT_TRUE(other_.inbox().Begin(0));  // has it locked
  EXPECT_EQ(ShutDown().code(), StatusCode::kStoreUnusable);
  other_.inbox().Rollback();
  EXPECT_EQ(LastLedger().accepted, 3u);
  EXPECT_EQ(LastLedger().dropped[kLost], 3u);
  EXPECT_EQ(LastLedger().pending, 0u);
  EXPECT_TRUE(LastLedger().balanced());
  EXPECT_EQ(intake_.QueuedEvents(), 0u) << "or they would be counted twice";
  EXPECT_EQ(ToldLost(), 3u);
}

TEST_F(ForgetfulWorkerTest, WhatTheStoreTakesInTimeIsNotLost) {
  Track(3);
  EXPECT_TRUE(ShutDown().ok());
  EXPECT_EQ(LastLedger().pending, 3u);
  EXPECT_EQ(ToldLost(), 0u);
}

// One that names a setting for a store that was there before, and says something of its own.
class NamingWorkerTest : public ForgetfulWorkerTest {
 protected:
  void SetUp() override {
    Config config;
    config.max_dead_letters = 7;
    Store before(config, clock_);
    ASSERT_TRUE(before.Open(path_).ok());
    ASSERT_TRUE(before.PayOwed());
    before.Close();
    config_.max_events = 123;
    reporter_ = std::make_unique<Reporter>(config_);
    worker_ = std::make_unique<Worker>(config_, clock_, &intake_, &mailbox_, reporter_.get(),
                                       &wake_, /*seed=*/1);
  }

  std::int64_t InFile(const std::string& name = "max_events") {
    Database database;
    if (!database.Open(path_, /*existing=*/true)) return -1;
    return database.Query(("SELECT value FROM meta WHERE key='" + name + "'").c_str(), -1);
  }
};

TEST_F(NamingWorkerTest, AFileThatTakesThePlaceIsGivenWhatWasSaidAndThatIsTold) {
  ASSERT_TRUE(worker_->Open(path_, std::make_unique<FakeTransport>()).ok());
  std::filesystem::rename(path_, directory_ / "elsewhere.db");
  for (int i = 0; i < 1000 && InFile("max_dead_letters") != 7; ++i) {
    clock_.Advance(100);
    worker_->Step();
  }
  EXPECT_EQ(InFile("max_dead_letters"), 7);
  EXPECT_EQ(InFile(), 123);
  std::string told;
  for (LogLine line; reporter_->TakeLog(&line, 1) == 1;) told += line.text + std::string("\n");
  EXPECT_NE(told.find("moved here: max_dead_letters of the store is 7"), std::string::npos) << told;
}

TEST_F(NamingWorkerTest, WhatIsNamedIsTheStoresWhenStartReturns) {
  ASSERT_TRUE(worker_->Open(path_, std::make_unique<FakeTransport>()).ok());
  EXPECT_EQ(InFile(), 123);
}

TEST_F(NamingWorkerTest, WhatALockHasKeptFromTheStoreIsSaidAtTheEnd) {
  OtherProgram other(path_);
  other.HoldForWriting();
  ASSERT_TRUE(worker_->Open(path_, std::make_unique<FakeTransport>()).ok());
  const Status status = ShutDown();
  EXPECT_EQ(status.code(), StatusCode::kStoreUnusable);
  EXPECT_NE(std::string(status.message()).find("a setting that Config names"), std::string::npos)
      << status.message();
  EXPECT_EQ(InFile(), -1);
}

// The disk has no place for a file at the path.
class DisklessWorkerTest : public ForgetfulWorkerTest {
 protected:
  void SetUp() override {
    std::filesystem::create_directory(path_);
    config_.memory_fallback = true;
    reporter_ = std::make_unique<Reporter>(config_);
    worker_ = std::make_unique<Worker>(config_, clock_, &intake_, &mailbox_, reporter_.get(),
                                       &wake_, /*seed=*/1);
    ASSERT_TRUE(worker_->Open(path_, std::make_unique<FakeTransport>()).ok());
  }
};

TEST_F(DisklessWorkerTest, WhatIsInMemoryInPlaceOfTheDiskEndsWithTheAgent) {
  Track(3);
  EXPECT_EQ(ShutDown().code(), StatusCode::kStoreUnusable);
  EXPECT_EQ(LastLedger().accepted, 3u);
  EXPECT_EQ(LastLedger().dropped[kLost], 3u);
  EXPECT_TRUE(LastLedger().balanced());
  EXPECT_EQ(ToldLost(), 3u);
}

TEST_F(DisklessWorkerTest, AtTheEndTheDiskIsAskedOnceMore) {
  Track(3);
  for (int i = 0; i < 3; ++i) worker_->Step();
  std::filesystem::remove(path_);
  EXPECT_TRUE(ShutDown().ok());
  EXPECT_EQ(LastLedger().pending, 3u);
  EXPECT_EQ(ToldLost(), 0u);
  Store next(config_, clock_);
  ASSERT_TRUE(next.Open(path_).ok());
  EXPECT_EQ(next.ledger().pending, 3u);
}

}  // namespace
}  // namespace embeddables::test
