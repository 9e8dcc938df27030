#include "agent/intake/intake.h"

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/wait_for.h"

namespace embeddables {
namespace {

bool Put(Intake* intake, std::string_view text, bool control = false) {
  const Intake::Slot slot = intake->Reserve(text.size(), control);
  if (slot.data == nullptr) return false;
  std::memcpy(slot.data, text.data(), text.size());
  Intake::Commit(slot);
  return true;
}

TEST(Intake, GivesBackWhatWentInInOrder) {
  Intake intake;
  ASSERT_TRUE(intake.Allocate(64 * 1024));
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(Put(&intake, "record " + std::to_string(i)));
  EXPECT_EQ(intake.QueuedEvents(), 100u);
  std::string_view record;
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(intake.Read(&record));
    EXPECT_EQ(record, "record " + std::to_string(i));
  }
  EXPECT_FALSE(intake.Read(&record));
  intake.Free(100);
  EXPECT_EQ(intake.QueuedEvents(), 0u);
}

TEST(Intake, KeepsWhatWasReadUntilItIsFreed) {
  Intake intake;
  ASSERT_TRUE(intake.Allocate(64 * 1024));
  ASSERT_TRUE(Put(&intake, "kept"));
  std::string_view record;
  ASSERT_TRUE(intake.Read(&record));
  intake.Rewind();
  ASSERT_TRUE(intake.Read(&record));
  EXPECT_EQ(record, "kept");
}

TEST(Intake, WhatIsDeliveredStaysUntilItIsCounted) {
  Intake intake;
  ASSERT_TRUE(intake.Allocate(64 * 1024));
  for (const char* text : {"first", "second", "third"}) ASSERT_TRUE(Put(&intake, text));
  Intake::Entry entry;
  ASSERT_TRUE(intake.Look(intake.ReadPosition(), &entry));
  ASSERT_TRUE(intake.Look(entry.end, &entry));
  EXPECT_EQ(entry.bytes, "second");
  EXPECT_FALSE(entry.delivered);
  intake.SetDelivered(entry.at);
  std::string_view record;
  for (int round = 0; round < 2; ++round) {
    for (const char* text : {"first", "second", "third"}) {
      ASSERT_TRUE(intake.Read(&record));
      EXPECT_EQ(record, text);
      EXPECT_EQ(intake.last().delivered, record == "second");
    }
    EXPECT_EQ(intake.ReadDelivered(), 1u);
    if (round == 0) intake.Rewind();
  }
  intake.Free(3);
  EXPECT_EQ(intake.ReadDelivered(), 0u);
  EXPECT_EQ(intake.QueuedEvents(), 0u);
}

// A header of an earlier round must not be taken for a record that is still being written.
TEST(Intake, ARoundsRecordsAreGoneInTheNext) {
  Intake intake;
  ASSERT_TRUE(intake.Allocate(64 * 1024));
  std::string_view record;
  for (std::size_t batch = 0; batch < 200; ++batch) {
    const std::size_t count = 1 + batch % 7;
    for (std::size_t i = 0; i < count; ++i) {
      const std::string text(200 + 8 * ((batch + i) % 50), 'x');
      const Intake::Slot slot = intake.Reserve(text.size(), false);
      ASSERT_NE(slot.data, nullptr);
      ASSERT_FALSE(intake.Read(&record)) << "not committed yet, batch " << batch;
      std::memcpy(slot.data, text.data(), text.size());
      Intake::Commit(slot);
      ASSERT_TRUE(intake.Read(&record));
      ASSERT_EQ(record, text);
    }
    intake.Free(count);
  }
}

TEST(Intake, RefusesWhenFullButKeepsRoomForControl) {
  Intake intake;
  ASSERT_TRUE(intake.Allocate(64 * 1024));
  const std::string event(1000, 'e');
  std::uint64_t accepted = 0;
  while (Put(&intake, event)) ++accepted;
  EXPECT_GT(accepted, 40u);
  EXPECT_EQ(intake.QueuedEvents(), accepted);
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(Put(&intake, event, true)) << i;
  EXPECT_EQ(intake.QueuedEvents(), accepted);
  std::string_view record;
  std::uint64_t read = 0;
  while (intake.Read(&record)) ++read;
  EXPECT_EQ(read, accepted + 10);
  intake.Free(accepted);
  EXPECT_TRUE(Put(&intake, event));
}

TEST(Intake, StopsBeforeARecordThatIsNotCommitted) {
  Intake intake;
  ASSERT_TRUE(intake.Allocate(64 * 1024));
  const Intake::Slot slow = intake.Reserve(8, false);
  ASSERT_TRUE(Put(&intake, "later"));
  std::string_view record;
  EXPECT_FALSE(intake.Read(&record));
  std::memcpy(slow.data, "earlier!", 8);
  Intake::Commit(slow);
  ASSERT_TRUE(intake.Read(&record));
  EXPECT_EQ(record, "earlier!");
}

TEST(Intake, TellsWhenItIsHalfFullOnce) {
  Intake intake;
  ASSERT_TRUE(intake.Allocate(64 * 1024));
  int told = 0;
  for (int i = 0; i < 45; ++i) {
    const Intake::Slot slot = intake.Reserve(1000, false);
    ASSERT_NE(slot.data, nullptr);
    Intake::Commit(slot);
    told += slot.half_full ? 1 : 0;
  }
  EXPECT_EQ(told, 1);
  EXPECT_TRUE(intake.HalfFull());
}

TEST(Intake, TakesNothingWhenClosed) {
  Intake intake;
  ASSERT_TRUE(intake.Allocate(64 * 1024));
  ASSERT_TRUE(Put(&intake, "before"));
  intake.Close();
  EXPECT_TRUE(intake.closed());
  EXPECT_FALSE(Put(&intake, "after"));
  EXPECT_FALSE(Put(&intake, "after", true));
  std::string_view record;
  EXPECT_TRUE(intake.Read(&record));
}

// Four threads, a small ring that wraps often, records of all sizes: each arrives once, whole, in
// its thread's order, and the count never lies.
TEST(Intake, ManyThreadsLoseNothing) {
  constexpr int kThreads = 4;
  constexpr std::uint32_t kRecords = 20'000;
  Intake intake;
  ASSERT_TRUE(intake.Allocate(64 * 1024));
  std::vector<std::thread> threads;
  for (unsigned char thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&intake, thread] {
      for (std::uint32_t i = 0; i < kRecords; ++i) {
        std::string text(5 + i * 7 % 300, static_cast<char>('a' + thread));
        text[0] = static_cast<char>(thread);
        std::memcpy(&text[1], &i, sizeof i);
        while (!Put(&intake, text)) std::this_thread::yield();
      }
    });
  }
  std::map<int, std::uint32_t> next;
  std::uint64_t read = 0;
  while (read < kThreads * kRecords) {
    std::uint64_t batch = 0;
    std::string_view record;
    while (intake.Read(&record)) {
      const int thread = record[0];
      std::uint32_t i = 0;
      std::memcpy(&i, record.data() + 1, sizeof i);
      ASSERT_EQ(i, next[thread]++);
      ASSERT_EQ(record.size(), 5 + i * 7 % 300);
      ASSERT_EQ(record.find_first_not_of(static_cast<char>('a' + thread), 5),
                std::string_view::npos);
      ++batch;
    }
    ASSERT_GE(intake.QueuedEvents(), batch);
    intake.Free(batch);
    read += batch;
    if (batch == 0) std::this_thread::yield();
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(intake.QueuedEvents(), 0u);
}

}  // namespace
}  // namespace embeddables
