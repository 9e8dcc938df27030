#include "agent/intake/left_over_intake.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <deque>
#include <random>
#include <vector>

#include "agent/intake/intake.h"
#include "tests/support/forked.h"

namespace embeddables {
namespace {

constexpr std::size_t kSmallestRing = 8 * 1024;  // the smallest, without room for events
constexpr std::int64_t kInstance = 77;

// An intake whose process may end at any moment.
class RemainsTest : public testing::Test {
 protected:
  RemainsTest() : block_(Intake::BlockBytes(kSmallestRing) / 64) {
    intake_.Use(reinterpret_cast<char*>(block_.data()), kSmallestRing, kInstance);
  }

  std::string Bytes() const {
    return std::string(reinterpret_cast<const char*>(block_.data()), block_.size() * 64);
  }

  Intake::Slot Reserve(std::size_t bytes) { return intake_.Reserve(bytes, true); }
  void Put(const std::string& text) {
    const Intake::Slot slot = Reserve(text.size());
    ASSERT_NE(slot.data, nullptr);
    std::memcpy(slot.data, text.data(), text.size());
    Intake::Commit(slot);
  }
  // The worker takes so many records.
  void Absorb(int count) {
    std::string_view record;
    for (int i = 0; i < count; ++i) ASSERT_TRUE(intake_.Read(&record));
    intake_.Free(0);
  }

  static std::string All(LeftOverIntake* left_over) {
    std::string all;
    std::string_view record;
    while (left_over->Next(&record)) all += std::string(record) + " ";
    return all;
  }
  std::string All() const {
    LeftOverIntake left_over(Bytes());
    EXPECT_EQ(left_over.state(), LeftOverIntake::State::kWhole);
    const std::string all = All(&left_over);
    EXPECT_FALSE(left_over.damaged());
    EXPECT_EQ(left_over.position(), intake_.Position());
    return all;
  }
  template <class T>
  std::string With(std::size_t offset, T value) const {
    std::string bytes = Bytes();
    std::memcpy(&bytes[offset], &value, sizeof value);
    return bytes;
  }
  LeftOverIntake::State StateOf(const std::string& bytes) const {
    LeftOverIntake left_over(bytes);
    std::string_view record;
    while (left_over.Next(&record)) EXPECT_LE(record.size(), bytes.size());
    return left_over.state();
  }

  struct alignas(64) Line {
    char bytes[64] = {};
  };
  std::vector<Line> block_;
  Intake intake_;
};

// A caller may be killed between reserving and saying so: what lies there must not be an old
// record.
TEST_F(RemainsTest, WhatWasFreedIsZeroAcrossTheRingsEndToo) {
  const auto ring = [this] {
    const std::string bytes = Bytes();
    return bytes.substr(sizeof(intake::Header), bytes.size() - sizeof(intake::Header) -
                                                    sizeof(intake::DeliveredRows) -
                                                    sizeof(intake::Origins));
  };
  int wraps = 0;
  for (std::uint64_t before = 0; wraps < 5;) {
    for (int i = 0; i < 3; ++i) Put(std::string(900, 'x'));
    Absorb(3);
    ASSERT_EQ(ring().find_first_not_of('\0'), std::string::npos);
    const std::uint64_t at = intake_.Position() % (kSmallestRing / intake::kUnitBytes);
    wraps += at < before ? 1 : 0;
    before = at;
  }
}

// What is freed need not lie before a position that the store knows: a denial discards a control
// record without telling the disk. Here the memory's second page cannot be written.
TEST_F(RemainsTest, WhoDiesWhileFreeingLeavesAHoleAndNoBytesToBeReadAsRecords) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const std::size_t size = Intake::BlockBytes(4 * page);
  void* const block =
      mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(block, MAP_FAILED);
  auto* const bytes = static_cast<char*>(block);
  intake_.Use(bytes, 4 * page, kInstance);
  Put(std::string(page + page / 2, 'x'));
  Put("next");
  std::string_view record;
  ASSERT_TRUE(intake_.Read(&record));
  test::Forked child([&] {
    signal(SIGSEGV, SIG_DFL);
    if (mprotect(bytes + page, page, PROT_READ) != 0) return 1;
    intake_.Free(0);
    return 0;
  });
  EXPECT_EQ(child.Wait(), -SIGSEGV);
  LeftOverIntake left_over(std::string(bytes, size));
  EXPECT_EQ(All(&left_over), "next ");
  EXPECT_FALSE(left_over.damaged());
  munmap(block, size);
}

TEST_F(RemainsTest, TellsWhichRowsWereDelivered) {
  EXPECT_TRUE(LeftOverIntake(Bytes()).delivered_rows().empty());
  intake_.AddDeliveredRow(7);
  intake_.AddDeliveredRow(3);
  EXPECT_EQ(LeftOverIntake(Bytes()).delivered_rows(), (std::vector<std::int64_t>{7, 3}));
  intake_.ClearDeliveredRows();
  EXPECT_TRUE(LeftOverIntake(Bytes()).delivered_rows().empty());
  for (std::size_t i = 1; i <= intake::kMaxDelivered + 5; ++i) {
    intake_.AddDeliveredRow(static_cast<std::int64_t>(i));
  }
  EXPECT_EQ(LeftOverIntake(Bytes()).delivered_rows().size(), intake::kMaxDelivered);
}

TEST_F(RemainsTest, ABrokenListOfRowsIsNoList) {
  intake_.AddDeliveredRow(7);
  const std::size_t list = Bytes().size() - sizeof(intake::DeliveredRows) -
                           sizeof(intake::Origins) - sizeof(intake::StatusPage);
  const auto rows = [](const std::string& bytes) {
    return LeftOverIntake(bytes).delivered_rows().size();
  };
  ASSERT_EQ(rows(Bytes()), 1u);
  EXPECT_EQ(rows(With(list, std::uint64_t{intake::kMaxDelivered + 1})), 0u);
  EXPECT_EQ(rows(With(list + 8, std::int64_t{-7})), 0u) << "a row's number is positive";
  EXPECT_EQ(rows(Bytes().substr(0, list + 4)), 0u) << "cut short";
  EXPECT_EQ(rows(With(offsetof(intake::Header, layout), intake::kOldestLayout)), 0u);
}

TEST_F(RemainsTest, FindsWhatWasNotFreedInOrder) {
  EXPECT_EQ(All(), "");
  Put("a");
  Put("a longer one");
  Put("c");
  Absorb(1);
  EXPECT_EQ(All(), "a longer one c ");
  EXPECT_EQ(LeftOverIntake(Bytes()).instance(), kInstance);
}

TEST_F(RemainsTest, SkipsRoomThatWasOnlyReserved) {
  Put("a");
  const Intake::Slot first = Reserve(100);
  const Intake::Slot second = Reserve(40);
  Put("b");
  const Intake::Slot last = Reserve(20);
  // Killed between moving the cursor and writing the word.
  for (const Intake::Slot& each : {first, second, last}) each.header->store(0);
  EXPECT_EQ(All(), "a b ");
}

TEST_F(RemainsTest, SkipsWhatWasBeingWrittenWhateverIsInIt) {
  Put("a");
  const Intake::Slot half = Reserve(64);
  // What looks like records, pads and nothing.
  const std::uint64_t words[] = {8, 0x6161616161616161, 0, std::uint64_t{1} << 63 | 2, 8, 1, 0, 16};
  std::memcpy(half.data, words, sizeof words);
  Put("b");
  EXPECT_EQ(All(), "a b ");
}

TEST_F(RemainsTest, FollowsTheRingAround) {
  int next = 0, first = 0;
  for (int round = 0; round < 500; ++round) {
    for (int i = 0; i < 5; ++i)
      Put(std::to_string(next++) + std::string(static_cast<std::size_t>(190 + round % 41), '.'));
    std::string expected;
    for (int i = first; i < next; ++i) {
      expected +=
          std::to_string(i) + std::string(static_cast<std::size_t>(190 + round % 41), '.') + " ";
    }
    ASSERT_EQ(All(), expected);
    Absorb(5);
    first = next;
  }
}

TEST_F(RemainsTest, SkipsAPadThatWasNotWritten) {
  while ((intake_.Position() & 1023) < 1000) {
    Put("x");
    Absorb(1);
  }
  const std::uint64_t end = intake_.Position() & 1023;
  Put(std::string(300, 'y'));
  ASSERT_LT(intake_.Position() & 1023, end) << "it went round";
  std::memset(reinterpret_cast<char*>(block_.data() + 3) + end * 8, 0, 8);
  EXPECT_EQ(All(), std::string(300, 'y') + " ");
}

TEST_F(RemainsTest, ReadsAFullRing) {
  std::string expected;
  for (int i = 0; i < 64; ++i) {
    Put(std::string(120, 'f'));
    expected += std::string(120, 'f') + " ";
  }
  ASSERT_EQ(Reserve(1).data, nullptr);
  EXPECT_EQ(All(), expected);
}

TEST_F(RemainsTest, GoesOnWhereTheStoreHasComeTo) {
  Put("a");
  const std::uint64_t after_a = intake_.Position();
  Put("b");
  const std::uint64_t after_b = intake_.Position();
  LeftOverIntake in_the_middle(Bytes());
  in_the_middle.SkipTo(after_a);
  EXPECT_EQ(All(&in_the_middle), "b ");
  LeftOverIntake at_the_end(Bytes());
  at_the_end.SkipTo(after_b);
  EXPECT_EQ(All(&at_the_end), "");
  // Freed since: the header knows better.
  Absorb(1);
  LeftOverIntake older(Bytes());
  older.SkipTo(after_a - 1);
  EXPECT_EQ(All(&older), "b ");
  LeftOverIntake senseless(Bytes());
  senseless.SkipTo(after_b + 12345);
  EXPECT_EQ(All(&senseless), "b ");
}

// The store has them, and the process died while it zeroed them.
TEST_F(RemainsTest, MindsNoHalfZeroedRecordsBeforeThePosition) {
  Put(std::string(40, 'a'));
  const std::uint64_t position = intake_.Position();
  Put("b");
  std::memset(block_.data()[3].bytes, 0, 24);
  LeftOverIntake left_over(Bytes());
  left_over.SkipTo(position);
  EXPECT_EQ(All(&left_over), "b ");
}

TEST_F(RemainsTest, CountsWhatHadBeenDelivered) {
  for (const char* text : {"a", "b", "c", "d"}) Put(text);
  Intake::Entry entry;
  ASSERT_TRUE(intake_.Look(intake_.ReadPosition(), &entry));
  intake_.SetDelivered(entry.at);
  ASSERT_TRUE(intake_.Look(entry.end, &entry));
  ASSERT_TRUE(intake_.Look(entry.end, &entry));
  intake_.SetDelivered(entry.at);
  LeftOverIntake left_over(Bytes());
  EXPECT_EQ(All(&left_over), "b d ");
  EXPECT_FALSE(left_over.damaged());
  EXPECT_EQ(left_over.position(), intake_.Position());
  EXPECT_EQ(left_over.TakeDelivered(), 2u);
  EXPECT_EQ(left_over.TakeDelivered(), 0u);
}

TEST_F(RemainsTest, ReadsTheLayoutsBefore) {
  Put("a");
  for (std::uint32_t layout = intake::kOldestLayout; layout < intake::kLayout; ++layout) {
    LeftOverIntake left_over(With(8, layout));
    EXPECT_EQ(All(&left_over), "a ");
    EXPECT_FALSE(left_over.has_origin());
  }
}

TEST_F(RemainsTest, SaysWhichDatabaseItIsOf) {
  IntakeOrigin origin;
  origin.path = "/a/store.db";
  origin.file = {5, 6};
  origin.paths = 7;
  origin.keep_ms = 8;
  intake_.SetOrigin(origin.Written());
  LeftOverIntake left_over(Bytes());
  ASSERT_TRUE(left_over.has_origin());
  EXPECT_EQ(left_over.origin().path, origin.path);
  EXPECT_TRUE(left_over.origin().file == origin.file);
  EXPECT_EQ(left_over.origin().paths, 7u);
  EXPECT_EQ(left_over.origin().keep_ms, 8);
  origin.path = std::string(intake::kMaxOriginPath + 1, 'x');
  intake_.SetOrigin(origin.Written());
  EXPECT_EQ(LeftOverIntake(Bytes()).origin().path, "") << "the file tells";
}

TEST_F(RemainsTest, ABrokenOriginIsNone) {
  IntakeOrigin origin;
  origin.path = "/a/store.db";
  intake_.SetOrigin(origin.Written());
  const std::size_t place = Bytes().size() - sizeof(intake::Origins) - sizeof(intake::StatusPage);
  // The second that was written is the first of the two again.
  const std::size_t current = place + offsetof(intake::Origins, origins);
  const auto has = [](const std::string& bytes) { return LeftOverIntake(bytes).has_origin(); };
  ASSERT_TRUE(has(Bytes()));
  EXPECT_FALSE(has(With(place, std::uint64_t{2})));
  EXPECT_FALSE(has(With(current + offsetof(intake::Origin, path_bytes), std::uint64_t{977})));
  EXPECT_FALSE(has(With(current + offsetof(intake::Origin, path), std::uint64_t{0})));
  EXPECT_FALSE(has(Bytes().substr(0, current + sizeof(intake::Origin) - 1)));
}

TEST_F(RemainsTest, RefusesWhatItDoesNotKnow) {
  Put("a");
  using State = LeftOverIntake::State;
  EXPECT_EQ(StateOf(Bytes()), State::kWhole);
  EXPECT_EQ(StateOf(""), State::kEmpty);
  EXPECT_EQ(StateOf(With<std::uint64_t>(0, 0)), State::kEmpty);
  EXPECT_EQ(StateOf(With<std::uint64_t>(0, 1)), State::kDamaged);
  EXPECT_EQ(StateOf(With<std::uint32_t>(8, intake::kLayout + 1)), State::kUnknown);
  EXPECT_EQ(StateOf(With<std::uint32_t>(12, 4096)), State::kUnknown);
  EXPECT_EQ(StateOf(With<std::uint64_t>(24, 1000)), State::kDamaged);
  EXPECT_EQ(StateOf(With<std::uint64_t>(24, 2048)), State::kDamaged);
  EXPECT_EQ(StateOf(With<std::uint64_t>(64, 5000)), State::kDamaged);
  for (std::size_t size = 1; size < 250; ++size) StateOf(Bytes().substr(0, size));
}

TEST_F(RemainsTest, StopsAtALengthThatCannotBe) {
  Put("a");
  Put("b");
  Put("c");
  for (const std::uint64_t word :
       {std::uint64_t{40}, std::uint64_t{9000}, std::uint64_t{1} << 40, ~std::uint64_t{0},
        std::uint64_t{1} << 62 | 50, std::uint64_t{1} << 63 | 2, std::uint64_t{1} << 63}) {
    LeftOverIntake left_over(With(192 + 16, word));
    EXPECT_EQ(All(&left_over), "a ") << word;
    EXPECT_TRUE(left_over.damaged()) << word;
  }
}

// Any order of reserving, writing, committing and absorbing, ended anywhere.
TEST_F(RemainsTest, FindsExactlyTheCommittedAtAnyEnd) {
  std::mt19937 random(20261125);
  struct Piece {
    Intake::Slot slot;
    std::string text;
    bool committed = false;
  };
  std::deque<Piece> pieces;
  int serial = 0;
  for (int step = 0; step < 20'000; ++step) {
    const auto dice = random() % 4;
    if (dice < 2) {
      Piece piece;
      piece.text = std::to_string(serial++) + std::string(random() % 200, '.');
      piece.slot = Reserve(piece.text.size());
      if (piece.slot.data == nullptr) continue;
      std::memcpy(piece.slot.data, piece.text.data(), random() % piece.text.size());
      pieces.push_back(piece);
    } else if (dice == 2 && !pieces.empty()) {
      Piece& piece = pieces[random() % pieces.size()];
      if (piece.committed) continue;
      std::memcpy(piece.slot.data, piece.text.data(), piece.text.size());
      Intake::Commit(piece.slot);
      piece.committed = true;
    } else {
      std::string_view record;
      while (intake_.Read(&record)) pieces.pop_front();
      intake_.Free(0);
    }
    std::string expected;
    for (const Piece& piece : pieces) {
      if (piece.committed) expected += piece.text + " ";
    }
    ASSERT_EQ(All(), expected) << "step " << step;
  }
}

}  // namespace
}  // namespace embeddables
