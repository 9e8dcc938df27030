// The worker's step among other processes, at the moments that a test with processes rarely hits.

#include "agent/worker/worker.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/event/event.h"
#include "agent/worker/calls/erasure_calls.h"
#include "agent/worker/calls/setting_calls.h"
#include "platform/doorbell.h"
#include "platform/paths.h"
#include "platform/process_lock.h"
#include "tests/support/bytes.h"
#include "tests/support/other_program.h"
#include "tests/support/worker_fixture.h"

namespace embeddables::test {
namespace {

TEST_F(WorkerTest, ARingInTheMiddleOfAStepIsAnswered) {
  transport_->meanwhile = [this] {
    PurgeResult purged;
    EXPECT_TRUE(other_.eraser().Purge(DropReason::kPurged, 0, &purged));
    Doorbell::Ring(path_ + ".wake", 0);
  };
  worker_->Step();
  ASSERT_EQ(transport_->meanwhile, nullptr) << "the step came past";
  ASSERT_TRUE(other_.Refresh());
  EXPECT_FALSE(other_.eraser().erase_wanted()) << "the worker has taken the ring and not looked";
}

TEST_F(WorkerTest, OnlyAnotherKeyEndsTheWaitOfARefusedOne) {
  Append(1);
  Run(60'000);
  ASSERT_EQ(transport_->open.size(), 1u);
  transport_->AnswerAll(Http(401));
  Run(1'000);
  for (const char* key : {"rk_1", "", ""}) {
    ASSERT_TRUE(mailbox_.Post(MakeCall<SetApiKeyCall>(key)));
    Run(10'000);
    EXPECT_EQ(transport_->begun.size(), *key == '\0' ? 2u : 1u);
    transport_->AnswerAll(Http(401));
  }
}

// Somebody reads the store, so the traces cannot be erased yet.
TEST_F(WorkerTest, TheTracesThatADeadProcessHadToLeaveAreErased) {
  const auto shows = [this] {
    return (ReadBytes(path_) + ReadBytes(path_ + "-wal")).find("a@b.c") != std::string::npos;
  };
  Append(1);
  OtherProgram reader(path_);
  reader.Run("BEGIN; SELECT count(*) FROM event");
  ASSERT_TRUE(mailbox_.Post(MakeCall<SetConsentCall>(Consent::kDenied)));
  Run(1'000);
  worker_.reset();  // killed
  ASSERT_TRUE(other_.Refresh());
  EXPECT_EQ(other_.ledger().pending, 0u);
  EXPECT_TRUE(shows());
  reader.LetGo();
  Intake intake;
  Mailbox mailbox;
  WakeSignal wake;
  Worker next(config_, clock_, &intake, &mailbox, reporter_.get(), &wake, /*seed=*/5'000);
  ASSERT_TRUE(next.Open(path_, std::make_unique<FakeTransport>()).ok());
  next.Step();
  EXPECT_FALSE(shows());
}

// One that only stores may not checkpoint by itself, and what is left is more than a log may hold.
class StoringWorkerTest : public WorkerTest {
 protected:
  StoringWorkerTest() {
    memory_folder_ = directory_.path();
    config_.store_only = true;
    config_.intake_bytes = 16u << 20;
  }
};

TEST_F(StoringWorkerTest, TakesOverAllAtOnceHoweverMuchItIs) {
  EventOptions options;
  std::size_t bytes = 0;
  ASSERT_TRUE(MeasureEvent(EventRules(), "an_event", {}, options, &bytes).ok());
  std::uint64_t count = 0;
  for (Intake::Slot slot; (slot = intake_.Reserve(bytes, false)).data != nullptr; ++count) {
    EncodeEvent(EventRules(), "an_event", {}, options, EventStamp(), slot.data);
    Intake::Commit(slot);
  }
  ASSERT_GT(count * bytes, 8u << 20);
  worker_.reset();  // killed
  Intake intake;
  Mailbox mailbox;
  WakeSignal wake;
  Worker next(config_, clock_, &intake, &mailbox, reporter_.get(), &wake, /*seed=*/5'000);
  next.UseMemoryFolder(memory_folder_);
  ASSERT_TRUE(next.Open(path_, std::make_unique<FakeTransport>()).ok());
  ASSERT_TRUE(other_.Refresh());
  EXPECT_EQ(other_.ledger().accepted, count);
}

TEST_F(StoringWorkerTest, MemoryWhoseFileIsRemovedIsStoredAtOnceAndSaid) {
  const auto track = [this] {
    std::size_t bytes = 0;
    MeasureEvent(EventRules(), "an_event", {}, EventOptions(), &bytes);
    const Intake::Slot slot = intake_.Reserve(bytes, false);
    EncodeEvent(EventRules(), "an_event", {}, EventOptions(), EventStamp(), slot.data);
    Intake::Commit(slot);
  };
  for (const std::string& file : FilesBeginningWith(memory_folder_ + "/")) {
    if (file.find(".intake") != std::string::npos) RemoveFile(file);
  }
  clock_.Advance(400);
  track();
  worker_->Step();
  ASSERT_TRUE(other_.Refresh());
  EXPECT_EQ(other_.ledger().accepted, 1u);
  track();
  const BootTime next = worker_->Step();
  EXPECT_LE(next, BootNow(clock_) + 250);
  const MutexLock lock(mailbox_.mutex);
  EXPECT_FALSE(mailbox_.stats.intake_crash_safe);
}

TEST_F(StoringWorkerTest, WhatADeletedStoreLeftStaysForItsMaxAge) {
  const std::string folder = directory_ / "other/", path = folder + "events.db";
  Config config = config_;
  config.max_age = std::chrono::hours(2);
  {
    Intake intake;
    Mailbox mailbox;
    WakeSignal wake;
    Worker dead(config, clock_, &intake, &mailbox, reporter_.get(), &wake, /*seed=*/5'000);
    dead.UseMemoryFolder(memory_folder_);
    ASSERT_TRUE(dead.Open(path, std::make_unique<FakeTransport>()).ok());
    clock_.Advance(3'600'000);
    EventStamp stamp;
    stamp.boot_ms = clock_.BootMs();
    std::size_t bytes = 0;
    ASSERT_TRUE(MeasureEvent(EventRules(), "an_event", {}, EventOptions(), &bytes).ok());
    const Intake::Slot slot = intake.Reserve(bytes, false);
    EncodeEvent(EventRules(), "an_event", {}, EventOptions(), stamp, slot.data);
    Intake::Commit(slot);
  }
  const auto left = [this] {
    std::size_t count = 0;
    for (const std::string& file : FilesBeginningWith(memory_folder_ + "/")) {
      count += file.find(".intake") != std::string::npos ? 1 : 0;
    }
    return count - 1;  // without the worker's own
  };
  const auto sweep = [this] {
    clock_.Advance(3'600'000);
    worker_->Step();
  };
  ASSERT_EQ(left(), 1u);
  clock_.Advance(2 * 3'600'000);
  sweep();
  EXPECT_EQ(left(), 1u) << "the store is there";
  std::filesystem::rename(folder, directory_ / "away");
  sweep();
  EXPECT_EQ(left(), 1u) << "its folder is not there, as of a disk that is not mounted";
  std::filesystem::create_directory(folder);
  sweep();
  EXPECT_EQ(left(), 0u);
}

TEST_F(StoringWorkerTest, WhatADeletedStoreLeftIsKeptWhileItIsYoung) {
  const std::string folder = directory_ / "other/";
  {
    Intake intake;
    Mailbox mailbox;
    WakeSignal wake;
    Worker dead(config_, clock_, &intake, &mailbox, reporter_.get(), &wake, /*seed=*/5'000);
    dead.UseMemoryFolder(memory_folder_);
    ASSERT_TRUE(dead.Open(folder + "events.db", std::make_unique<FakeTransport>()).ok());
  }
  std::filesystem::remove_all(folder);
  std::filesystem::create_directory(folder);
  clock_.Advance(2 * 3'600'000);
  worker_->Step();
  std::size_t files = 0;
  for (const std::string& file : FilesBeginningWith(memory_folder_ + "/")) {
    files += file.find(".intake") != std::string::npos ? 1 : 0;
  }
  EXPECT_EQ(files, 2u);
}

// With memory that outlives the process, and events that are rows.
class NotingWorkerTest : public WorkerTest {
 protected:
  NotingWorkerTest() {
    memory_folder_ = directory_.path();
    config_.max_in_flight = 2;
    config_.flush_interval = std::chrono::milliseconds(1);
  }
};

TEST_F(NotingWorkerTest, WhatWasConfirmedAndNotSettledAtAKillIsNotSentAgain) {
  Append(5);
  worker_->Step();
  clock_.Advance(1);
  worker_->Step();
  ASSERT_EQ(transport_->open.size(), 2u);
  transport_->Answer(Delivered());
  worker_->Step();
  ASSERT_FALSE(transport_->open.empty());
  transport_->Answer(Delivered());
  worker_->Step();
  ASSERT_TRUE(other_.Refresh());
  ASSERT_EQ(other_.ledger().delivered, 0u) << "they wait to share a transaction";
  std::vector<Request> sent = transport_->begun;
  for (const auto& each : transport_->open) {
    sent.erase(std::find_if(sent.begin(), sent.end(), [&each](const Request& request) {
      return request.body == each.second.body;
    }));
  }
  ASSERT_EQ(sent.size(), 2u);

  worker_.reset();  // killed: nothing is settled or removed
  Intake intake;
  Mailbox mailbox;
  WakeSignal wake;
  Worker next(config_, clock_, &intake, &mailbox, reporter_.get(), &wake, /*seed=*/5'000);
  next.UseMemoryFolder(memory_folder_);
  auto transport = std::make_unique<FakeTransport>();
  FakeTransport* second = transport.get();
  ASSERT_TRUE(next.Open(path_, std::move(transport)).ok());
  ASSERT_TRUE(other_.Refresh());
  EXPECT_EQ(other_.ledger().delivered, 2u);
  EXPECT_EQ(other_.ledger().pending, 3u);
  for (int i = 0; i < 50; ++i) {
    next.Step();
    second->AnswerAll(Delivered());
    clock_.Advance(10);
  }
  EXPECT_EQ(second->begun.size(), 3u);
  for (const Request& each : second->begun) {
    for (const Request& earlier : sent) EXPECT_NE(each.body, earlier.body);
  }
  ASSERT_TRUE(other_.Refresh());
  EXPECT_EQ(other_.ledger().delivered, 5u);
}

TEST_F(NotingWorkerTest, AnswersThatWaitForALockDoNotKeepTheWorkerAwake) {
  Append(5);
  worker_->Step();
  clock_.Advance(1);
  ASSERT_TRUE(other_.inbox().Begin(1)) << "holds the store";
  while (transport_->begun.size() < 5) {
    worker_->Step();
    transport_->AnswerAll(Delivered());
  }
  EXPECT_LT(Run(900), 20);
  other_.inbox().Rollback();
  Run(1'000);
  ASSERT_TRUE(other_.Refresh());
  EXPECT_EQ(other_.ledger().delivered, 5u);
  EXPECT_EQ(transport_->begun.size(), 5u);
}

TEST_F(NotingWorkerTest, ALockThatIsLostEndsSendingInTheSameStep) {
  Append(5);
  worker_->Step();
  ASSERT_TRUE(transport_->begun.empty());
  RemoveFile(path_ + ".lock");
  ProcessLock others;
  ASSERT_TRUE(others.TryAcquire(path_ + ".lock", path_));
  clock_.Advance(5);
  worker_->Step();
  EXPECT_TRUE(transport_->begun.empty()) << "the other process sends the same rows";
  others.Release();
  Run(10'000);
  EXPECT_EQ(transport_->begun.size(), config_.max_in_flight) << "it is the sender again";
}

// With events that are sent before they are stored.
class YoungWorkerTest : public WorkerTest {
 protected:
  YoungWorkerTest() {
    memory_folder_ = directory_.path();
    config_.flush_interval = std::chrono::milliseconds(1);
  }

  // All of Track but its end, the commit.
  Intake::Slot Write(Intake* intake) {
    EventOptions options;
    options.identifier = {"email", "a@b.c"};
    std::size_t bytes = 0;
    EXPECT_TRUE(MeasureEvent(EventRules(), "an_event", {}, options, &bytes).ok());
    EventStamp stamp;
    stamp.boot_ms = clock_.BootMs();
    const Intake::Slot slot = intake->Reserve(bytes, false);
    EXPECT_NE(slot.data, nullptr);
    EncodeEvent(EventRules(), "an_event", {}, options, stamp, slot.data);
    return slot;
  }
  void Track(Intake* intake) { Intake::Commit(Write(intake)); }
  void Reset() {
    const Intake::Slot slot = intake_.Reserve(kRecordHeaderBytes, true);
    EncodeReset(slot.data);
    Intake::Commit(slot);
  }
};

TEST_F(YoungWorkerTest, WhatCannotBeStoredNowDoesNotKeepTheWorkerAwake) {
  ASSERT_TRUE(other_.inbox().Begin(1)) << "holds the store";
  Reset();
  EXPECT_LT(Run(900), 10);
  other_.inbox().Rollback();
  Run(1'000);
  EXPECT_EQ(intake_.Position(), intake_.ReadPosition());
}

// The step under way has looked for calls already.
TEST_F(YoungWorkerTest, WhatIsTrackedAfterAPauseWaitsAlthoughTheStepHasBegun) {
  Track(&intake_);
  clock_.Advance(5);
  transport_->meanwhile = [this] {
    mailbox_.Post(MakeCall<PauseCall>());
    Track(&intake_);
  };
  Run(100);
  EXPECT_EQ(transport_->meanwhile, nullptr);
  EXPECT_TRUE(transport_->begun.empty());
  EXPECT_EQ(mailbox_.pausing, 0);
  mailbox_.Post(MakeCall<ResumeCall>());
  Run(100);
  EXPECT_EQ(transport_->begun.size(), 2u);
}

// Its caller finds nobody asleep and wakes nobody: it did that before the worker fell asleep, and
// the worker saw nothing but room that was reserved.
TEST_F(YoungWorkerTest, WhatIsBeingWrittenIsLookedForAfterASlowStep) {
  const Intake::Slot slot = Write(&intake_);
  transport_->meanwhile = [this] { clock_.Advance(config_.flush_interval.count()); };
  const BootTime until = worker_->Step();
  Intake::Commit(slot);
  ASSERT_TRUE(transport_->begun.empty());
  // Not merely some day: the look at the intake's file, where nothing watches it, comes later.
  EXPECT_LE(worker_->FallAsleep(until), BootNow(clock_) + config_.flush_interval.count())
      << "a record lies there and nobody looks";
  EXPECT_TRUE(mailbox_.sleeping.load()) << "the next record's caller does wake it";
  worker_->WakeUp();
  Run(3 * config_.flush_interval.count());
  EXPECT_EQ(transport_->begun.size(), 1u);
}

TEST_F(YoungWorkerTest, WhatIsBeingWrittenAfterARemovalIsStoredAtOnce) {
  PurgeResult result;
  ASSERT_TRUE(other_.eraser().Purge(DropReason::kPurged, 0, &result));
  clock_.Advance(1'000);
  EXPECT_TRUE(worker_->FallAsleep(worker_->Step()).IsNever()) << "nothing is there";
  worker_->WakeUp();
  const Intake::Slot slot = Write(&intake_);
  const BootTime until = worker_->Step();
  Intake::Commit(slot);
  ASSERT_FALSE(worker_->FallAsleep(until).IsNever()) << "a record lies there and nobody looks";
  worker_->WakeUp();
  Run(5);
  EXPECT_EQ(intake_.Position(), intake_.ReadPosition());
}

TEST_F(YoungWorkerTest, WhoHardlyEverStoresTakesOverWhatTheDeadHaveLeft) {
  {
    Intake intake;
    Mailbox mailbox;
    WakeSignal wake;
    Worker dead(config_, clock_, &intake, &mailbox, reporter_.get(), &wake, /*seed=*/5'000);
    dead.UseMemoryFolder(memory_folder_);
    ASSERT_TRUE(dead.Open(path_, std::make_unique<FakeTransport>()).ok());
    Track(&intake);
  }
  clock_.Advance(10'000);
  Track(&intake_);
  worker_->Step();
  ASSERT_TRUE(other_.Refresh());
  EXPECT_EQ(other_.ledger().pending, 1u);
  EXPECT_NE(intake_.Position(), intake_.ReadPosition()) << "its own is still young";
}

}  // namespace
}  // namespace embeddables::test
