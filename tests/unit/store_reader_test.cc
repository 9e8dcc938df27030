// Reading a store without opening it, whatever its files hold.

#include "agent/store/store_reader.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "tests/support/bytes.h"
#include "tests/support/store_fixture.h"

namespace embeddables {
namespace {

namespace fs = std::filesystem;

class StoreReaderTest : public test::StoreTest {
 protected:
  Status Read(const std::string& path) {
    StoreReader reader(path, clock_, std::chrono::milliseconds(200));
    return reader.Look([this](StoreReader* read) { return read->Read(&contents_); });
  }
  // So may somebody who owns the file.
  void Change(const std::string& sql) {
    Database database;
    ASSERT_TRUE(database.Open(path_) && database.Execute(sql)) << database.message();
  }

  StoreContents contents_;
};

TEST_F(StoreReaderTest, TheServersWaitEndsWithTheBoot) {
  ASSERT_TRUE(store_->SetHold(store_->AgeNow() + 60'000));
  ASSERT_TRUE(store_->PayOwed());
  ASSERT_TRUE(Read(path_).ok());
  EXPECT_EQ(contents_.hold_until, store_->facts().hold_until());
  clock_.boot_id = "boot-2";
  clock_.boot_ms = 5'000;
  ASSERT_TRUE(Read(path_).ok());
  EXPECT_EQ(contents_.hold_until, AgeTime());
  clock_.boot_id = "boot-1";
  clock_.boot_ms = 1'000'000;
}

TEST_F(StoreReaderTest, TellsWhetherOfNoEventThePersonIsKnown) {
  Identify("gone@b.c");
  ResetIdentity();
  ASSERT_TRUE(Read(path_).ok());
  EXPECT_FALSE(contents_.unidentified) << "none waits";
  AppendOne("a");
  ASSERT_TRUE(Read(path_).ok());
  EXPECT_TRUE(contents_.unidentified);
  EventOptions about;
  about.identifier = {"email", "a@b.c"};
  AppendOne("b", about);
  ASSERT_TRUE(Read(path_).ok());
  EXPECT_FALSE(contents_.unidentified);
}

TEST_F(StoreReaderTest, TellsWhenTheFirstEventMayGo) {
  EventOptions known, unknown;
  known.identifier = {"email", "known@x"};
  unknown.identifier = {"email", "unknown@x"};
  AppendOne("nobodys");
  AppendOne("u", unknown);
  AppendOne("k", known);
  ASSERT_TRUE(Read(path_).ok());
  EXPECT_EQ(contents_.next_try, AgeTime());
  const AgeTime soon = store_->AgeNow() + 60'000, later = soon + 60'000;
  const auto events = Fetch();
  ASSERT_EQ(Names(events), "u k");
  ASSERT_TRUE(store_->outbox().Settle({Settled(events[0], Settlement::Kind::kUnknownUser, later),
                                       Settled(events[1], Settlement::Kind::kRetry, soon)}));
  ASSERT_TRUE(Read(path_).ok());
  EXPECT_EQ(contents_.next_try, soon);
  EXPECT_FALSE(contents_.next_is_unknown);
  clock_.Advance(60'000);
  ASSERT_TRUE(Read(path_).ok());
  EXPECT_EQ(contents_.next_try, AgeTime()) << "it may go";
  SettleAll(Fetch(), Settlement::Kind::kDelivered);
  ASSERT_TRUE(Read(path_).ok());
  EXPECT_EQ(contents_.next_try, later);
  EXPECT_TRUE(contents_.next_is_unknown);
  clock_.boot_id = "boot-2";
  clock_.boot_ms = 5'000;
  ASSERT_TRUE(Read(path_).ok());
  EXPECT_EQ(contents_.next_try, AgeTime()) << "waits end with the boot";
  clock_.boot_id = "boot-1";
  clock_.boot_ms = 1'060'000;
}

TEST_F(StoreReaderTest, NumbersOutOfRangeAreNone) {
  store_->Close();
  Change(
      "INSERT OR REPLACE INTO meta(key,value) VALUES('max_age',9223372036854775807),"
      "('max_events',-1),('consent',77)");
  ASSERT_TRUE(Read(path_).ok());
  EXPECT_GT(contents_.settings.max_age.count(), 0);
  EXPECT_LE(contents_.settings.max_age, std::chrono::hours(24 * 36'500));
  EXPECT_LE(contents_.settings.max_events, 1'000'000u);
  EXPECT_EQ(contents_.consent, Consent::kUnknown);
  Open();
  EXPECT_EQ(store_->consent(), Consent::kUnknown);
}

// A file can be made so that reading it takes for ever.
TEST_F(StoreReaderTest, WhatTakesTooLongIsLeft) {
  StoreReader reader(path_, clock_, std::chrono::milliseconds(50));
  const Status status = reader.Look([](StoreReader* read) {
    std::int64_t count = 0;
    return read->database()->Ask(
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM n) SELECT COUNT(*) FROM n",
        &count);
  });
  EXPECT_EQ(status.code(), StatusCode::kStoreUnusable);
  EXPECT_NE(std::string(status.message()).find("interrupted"), std::string::npos);
}

TEST_F(StoreReaderTest, ATextThatIsLargerThanAnyRowIsNotMade) {
  store_->Close();
  Change(
      "ALTER TABLE meta RENAME TO kept; CREATE TABLE meta(text,value,"
      "key AS (text || hex(zeroblob(12000000)))); INSERT INTO meta SELECT key,value FROM kept");
  const Status status = Read(path_);
  EXPECT_EQ(status.code(), StatusCode::kStoreUnusable);
  EXPECT_NE(std::string(status.message()).find("too big"), std::string::npos) << status.message();
}

// To open a pipe waits for somebody who writes to it.
TEST_F(StoreReaderTest, APipeIsNotOpened) {
  store_->Close();
  ASSERT_EQ(mkfifo((path_ + "-wal").c_str(), 0600), 0);
  test::WriteBytes(path_ + "-shm", std::string(32 * 1024, '\0'));
  EXPECT_TRUE(Read(path_).ok());
  fs::remove(path_ + "-wal");
  fs::remove(path_ + "-shm");
  const std::string pipe = path_ + ".pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(Read(pipe).code(), StatusCode::kStoreUnusable);
  EXPECT_EQ(Read("/dev/null").code(), StatusCode::kStoreUnusable);
}

TEST_F(StoreReaderTest, APathMayBeginWithTwoSlashes) {
  AppendOne("a");
  ASSERT_TRUE(Read("/" + path_).ok());
  EXPECT_EQ(contents_.ledger.pending, 1u);
}

}  // namespace
}  // namespace embeddables
