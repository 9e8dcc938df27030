// Stores of older versions go on; those of newer ones are left alone.

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "agent/store/store_schema.h"
#include "tests/support/bytes.h"
#include "tests/support/process.h"
#include "tests/support/store_fixture.h"

namespace embeddables {
namespace {

using test::ReadBytes;
using test::StoreTest;
using test::WriteBytes;

class Upgrade : public StoreTest {
 protected:
  void SetUp() override {}

  void MakeVersion1() {
    Database database;
    ASSERT_TRUE(database.Open(path_));
    ASSERT_TRUE(database.Execute(ReadBytes(test::SourceFile("tests/fixtures/store_version_1.sql"))))
        << database.message();
    database.Close();
  }
};

TEST_F(Upgrade, AStoreOfVersion1IsReadWholly) {
  MakeVersion1();
  Open();
  EXPECT_EQ(store_->consent(), Consent::kGiven);
  EXPECT_EQ(store_->letters().count(), 1u);
  const Ledger ledger = store_->ledger();
  EXPECT_EQ(ledger.accepted, 20u);
  EXPECT_EQ(ledger.delivered, 10u);
  EXPECT_EQ(ledger.rejected, 2u);
  EXPECT_EQ(ledger.pending, 4u);
  EXPECT_EQ(Names(Fetch()), "critical_event retried_event first_event");
  Identify("second@x");
  const auto claimed = Fetch();
  EXPECT_EQ(Names(claimed), "unidentified_event");
  EXPECT_EQ(claimed[0].identifier_json, "\"second@x\"");
  std::uint64_t count = 0;
  ASSERT_TRUE(store_->Requeue(0, &count));
  const auto again = Fetch();
  EXPECT_EQ(Names(again), "dead_event");
  EXPECT_GT(again[0].id, 14);
  Record record;
  ASSERT_TRUE(DecodeRecord(again[0].record, &record));
  EXPECT_EQ(PropsJson(record, ""), R"({"n":5})");
}

// With the log that a process of that version left when it was killed: what it stored last, and
// settled last, is only there.
TEST_F(Upgrade, AStoreOfVersion3AndItsLogAreTakenOverWhole) {
  const std::string fixture = test::SourceFile("tests/fixtures/store_version_3.db");
  for (const char* suffix : {"", "-wal"}) WriteBytes(path_ + suffix, ReadBytes(fixture + suffix));
  Open();
  EXPECT_FALSE(store_->damage().Take().found);
  EXPECT_EQ(store_->consent(), Consent::kGiven);
  EXPECT_EQ(store_->intakes().store_id(), "ed5774eb0df8c07c75e02d0341d9ec93");
  EXPECT_EQ(store_->letters().count(), 2u);
  const Ledger ledger = store_->ledger();
  EXPECT_EQ(ledger.accepted, 19u);
  EXPECT_EQ(ledger.delivered, 7u);
  EXPECT_EQ(ledger.rejected, 2u);
  EXPECT_EQ(Dropped(DropReason::kVolatile), 3u);
  EXPECT_EQ(ledger.pending, 7u);
  ExpectWhole();
  std::int64_t from = 0;
  ASSERT_TRUE(store_->intakes().Enter(4711, &from));
  store_->intakes().Leave();
  EXPECT_EQ(from, 10) << "what was absorbed of it does not come again";
  EXPECT_EQ(Names(Fetch()), "early_9 late_0 late_1 late_2");
  EXPECT_EQ(store_->outbox().NextDue(), AgeTime(clock_.BootMs() + 60'000));
  clock_.Advance(60'000);
  Identify("second@x");
  const auto rest = Fetch();
  EXPECT_EQ(Names(rest), "early_7 of_nobody_0 of_nobody_1");
  EXPECT_EQ(rest[0].attempts, 1u);
  // What is new since is in no old reader's way.
  Database database;
  ASSERT_TRUE(database.Open(path_));
  EXPECT_EQ(database.Query("PRAGMA user_version"), 3);
}

TEST_F(Upgrade, ARecordOfAnUnknownVersionIsDroppedAndCounted) {
  MakeVersion1();
  Database database;
  ASSERT_TRUE(database.Open(path_));
  ASSERT_TRUE(database.Execute("UPDATE event SET record=x'7F'||substr(record,2) WHERE id=11"));
  database.Close();
  Open();
  const auto events = Fetch();
  ASSERT_EQ(events.size(), 3u);
  for (const StoredEvent& event : events) {
    Record record;
    const bool readable = DecodeRecord(event.record, &record);
    EXPECT_EQ(readable, event.id != 11);
    SettleAll({event}, readable ? Settlement::Kind::kDelivered : Settlement::Kind::kDamaged);
  }
  EXPECT_EQ(Dropped(DropReason::kDamaged), 1u);
}

TEST_F(Upgrade, AStoreOfVersion1GetsANameOfItsOwnAndKeepsIt) {
  MakeVersion1();
  Open();
  const std::string id = store_->intakes().store_id();
  EXPECT_TRUE(Intakes::IsStoreId(id)) << id;
  Open();
  EXPECT_EQ(store_->intakes().store_id(), id);
  path_ = directory_ / "another.db";
  MakeVersion1();
  Open();
  EXPECT_NE(store_->intakes().store_id(), id);
}

// Two more versions, as later ones may be: a table is rebuilt, and an index is added.
constexpr const char* kRebuild =
    "CREATE TABLE letter(id INTEGER PRIMARY KEY AUTOINCREMENT, who TEXT, record BLOB);"
    "INSERT INTO letter SELECT id, key||':'||value, record FROM dead_letter;"
    "ALTER TABLE event ADD COLUMN size INTEGER NOT NULL DEFAULT 0;"
    "UPDATE event SET size=length(record)";
constexpr const char* kIndex = "CREATE INDEX event_size ON event(size)";

struct Later {
  static constexpr std::int64_t kVersion = 5;
  const char* sql[kVersion] = {kSchemaSteps.sql[0], kSchemaSteps.sql[1], kSchemaSteps.sql[2],
                               kRebuild, kIndex};
  SchemaSteps steps = {sql, kVersion};
};

int EndAtOnce(void*) { _exit(9); }

TEST_F(Upgrade, AnUpgradeThatIsKilledAnywhereHappensWholeOrNotAtAll) {
  const Later later;
  int kills = 0;
  for (int at = 1;; ++at) {
    RemoveFile(path_);
    MakeVersion1();
    const pid_t child = fork();
    if (child == 0) {
      Database database;
      if (!database.Open(path_) || !database.Execute("PRAGMA journal_mode=WAL")) _exit(3);
      sqlite3_progress_handler(database.get(), at, &EndAtOnce, nullptr);
      _exit(BringUpToDate(&database, later.steps) ? 0 : 4);
    }
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFEXITED(status));
    ASSERT_TRUE(WEXITSTATUS(status) == 9 || WEXITSTATUS(status) == 0) << WEXITSTATUS(status);
    Database database;
    ASSERT_TRUE(database.Open(path_));
    const std::int64_t version = database.Query("PRAGMA user_version");
    EXPECT_EQ(database.Query("SELECT COUNT(*) FROM event"), 4);
    EXPECT_EQ(database.Query("SELECT COUNT(*) FROM sqlite_master WHERE name='letter'"),
              version == Later::kVersion ? 1 : 0);
    EXPECT_EQ(Examine(&database, later.steps), FileState::kOurs);
    if (WEXITSTATUS(status) == 0) {
      EXPECT_EQ(version, Later::kVersion);
      EXPECT_EQ(database.Query("SELECT MIN(size)>40 FROM event"), 1);
      EXPECT_EQ(Examine(&database, kSchemaSteps), FileState::kNewer);
      break;
    }
    ++kills;
    EXPECT_EQ(version, 1);
    ASSERT_TRUE(BringUpToDate(&database, later.steps));
    EXPECT_EQ(database.Query("SELECT COUNT(*) FROM letter"), 1);
    database.Close();
    at += at / 20;
  }
  std::printf("[figure] upgrade killed at %d points: always of one version whole\n", kills);
  EXPECT_GT(kills, 30);
}

TEST_F(Upgrade, AFailingStepChangesNothing) {
  MakeVersion1();
  const char* sql[] = {kSchemaSteps.sql[0], kSchemaSteps.sql[1], kSchemaSteps.sql[2], kRebuild,
                       "CREATE TABLE event(clash)"};
  Database database;
  ASSERT_TRUE(database.Open(path_));
  EXPECT_FALSE(BringUpToDate(&database, {sql, 5}));
  EXPECT_EQ(database.message(), "table event already exists") << "the caller tells why";
  database.Close();
  ASSERT_TRUE(database.Open(path_));
  EXPECT_EQ(database.Query("PRAGMA user_version"), 1);
  EXPECT_EQ(database.Query("SELECT COUNT(*) FROM sqlite_master WHERE name='letter'"), 0);
  EXPECT_FALSE(database.damaged());
  database.Close();
  Open();
  EXPECT_EQ(store_->ledger().pending, 4u);
}

}  // namespace
}  // namespace embeddables
