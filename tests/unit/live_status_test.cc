// What a live process tells in its intake: whoever reads gets a whole status or none.

#include "agent/intake/live_status.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

#include "agent/intake/intake.h"
#include "agent/intake/left_over_intake.h"
#include "embeddables/agent.h"

namespace embeddables {
namespace {

constexpr std::size_t kRing = 8 * 1024;

class LiveStatusTest : public testing::Test {
 protected:
  LiveStatusTest() : block_(Intake::BlockBytes(kRing) / 64) {
    intake_.Use(reinterpret_cast<char*>(block_.data()), kRing, 7);
    status_.pid = 4711;
    std::strcpy(status_.version, "9.9.9");
    std::strcpy(status_.words, "too busy");
    status_.waiting_for = static_cast<std::uint8_t>(WaitingFor::kServer);
    status_.in_flight = 3;
  }

  std::string Bytes() const {
    return std::string(reinterpret_cast<const char*>(block_.data()), block_.size() * 64);
  }
  void Write() { writer_.Write(status_, intake_.status_page()); }
  PageState Read(const std::string& bytes) { return ReadLiveStatus(bytes, &read_); }
  std::uint64_t turn() const { return intake_.status_page()->turn.load(); }

  struct alignas(64) Line {
    char bytes[64] = {};
  };
  std::vector<Line> block_;
  Intake intake_;
  LiveStatusWriter writer_;
  LiveStatus status_, read_;
};

TEST_F(LiveStatusTest, WhatIsWrittenIsRead) {
  Write();
  ASSERT_EQ(Read(Bytes()), PageState::kWhole);
  EXPECT_EQ(std::memcmp(&read_, &status_, sizeof read_), 0);
}

TEST_F(LiveStatusTest, ThereIsNoneBeforeTheFirst) { EXPECT_EQ(Read(Bytes()), PageState::kNone); }

TEST_F(LiveStatusTest, WhatHasNotChangedIsNotWrittenAgain) {
  Write();
  const std::uint64_t before = turn();
  Write();
  EXPECT_EQ(turn(), before);
  status_.in_flight = 4;
  Write();
  EXPECT_EQ(turn(), before + 2);
}

TEST_F(LiveStatusTest, AStatusThatIsBeingWrittenIsNone) {
  Write();
  intake_.status_page()->turn.store(turn() + 1);
  EXPECT_EQ(Read(Bytes()), PageState::kBeingWritten);
  status_.in_flight = 9;  // a writer that begins anew after an odd turn ends it
  Write();
  EXPECT_EQ(Read(Bytes()), PageState::kWhole);
}

TEST_F(LiveStatusTest, WordsOfTwoTurnsAreNone) {
  Write();
  intake_.status_page()->words[0].store(1);
  EXPECT_EQ(Read(Bytes()), PageState::kBeingWritten);
}

TEST_F(LiveStatusTest, BytesThatNobodyVouchesForAreNone) {
  Write();
  const std::string bytes = Bytes();
  EXPECT_EQ(Read(""), PageState::kNone);
  for (std::size_t size = 0; size < bytes.size(); size += 61) {
    EXPECT_EQ(Read(bytes.substr(0, size)), PageState::kNone) << size;
  }
  std::string broken = bytes;
  std::memset(broken.data() + offsetof(intake::Header, units), 0xff, 8);
  EXPECT_EQ(Read(broken), PageState::kNone);
  std::string old = bytes;
  old[offsetof(intake::Header, layout)] = 2;
  EXPECT_EQ(Read(old), PageState::kNone);
}

TEST_F(LiveStatusTest, TextsEndWhateverWasWritten) {
  std::memset(status_.words, 'x', sizeof status_.words);
  std::memset(status_.version, 'y', sizeof status_.version);
  Write();
  ASSERT_EQ(Read(Bytes()), PageState::kWhole);
  EXPECT_EQ(std::strlen(read_.words), sizeof read_.words - 1);
  EXPECT_EQ(std::strlen(read_.version), sizeof read_.version - 1);
}

// Versions that do not know the page read the rest of the intake as before.
TEST_F(LiveStatusTest, TheLayoutStaysAndTheRecordsAreRead) {
  const Intake::Slot slot = intake_.Reserve(5, true);
  std::memcpy(slot.data, "event", 5);
  Intake::Commit(slot);
  Write();
  const std::string bytes = Bytes();
  std::uint32_t layout = 0;
  std::memcpy(&layout, bytes.data() + offsetof(intake::Header, layout), sizeof layout);
  EXPECT_EQ(layout, 3u);
  LeftOverIntake without(bytes.substr(0, bytes.size() - sizeof(intake::StatusPage)));
  std::string_view record;
  ASSERT_TRUE(without.Next(&record));
  EXPECT_EQ(record, "event");
  EXPECT_TRUE(without.has_origin());
}

// A copy of a living intake may have a record's bytes without its first word.
TEST_F(LiveStatusTest, ALivingIntakeIsReadUpToWhatIsNotWrittenYet) {
  const Intake::Slot first = intake_.Reserve(1, true);
  const Intake::Slot second = intake_.Reserve(1, true);
  *first.data = '1';
  *second.data = '2';
  Intake::Commit(second);
  first.header->store(0);
  std::string_view record;
  LeftOverIntake dead(Bytes());
  LeftOverIntake living(Bytes());
  living.StopAtUnwritten();
  EXPECT_FALSE(living.Next(&record));
  EXPECT_FALSE(living.damaged());
  EXPECT_TRUE(dead.Next(&record) || dead.damaged());
}

}  // namespace
}  // namespace embeddables
