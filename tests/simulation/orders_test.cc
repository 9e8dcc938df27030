// The host's orders, given while the disk refuses them.

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/simulation/simulation.h"
#include "tests/support/temp_dir.h"

namespace embeddables::test {
namespace {

class Orders : public testing::Test {
 protected:
  Config MakeConfig() {
    Config config;
    config.project_id = "pr_sim";
    config.embeddable_id = "flow_sim";
    config.store_path = directory_ / "events.db";
    config.min_free_bytes = 0;
    config.monitor_network = false;
    config.memory_fallback = true;
    config.flush_interval = std::chrono::milliseconds(1);
    return config;
  }
  void Full() { s_.disk().Fail(DiskFault::kFull, 1, SimDisk::kForEver); }
  // Names of the rows that are stored.
  std::size_t Stored() {
    s_.oracle().Inspect(false);
    return s_.oracle().rows().size();
  }
  // An event is delivered, and the disk does not take that before the end.
  void EndUnsettled(Simulation* s) {
    ASSERT_TRUE(s->Start());
    s->Identify("user1");
    s->Track(1);
    ASSERT_TRUE(s->Persist(1'000));
    s->Advance(2);
    ASSERT_EQ(s->oracle().pace().open(), 1u);
    s->disk().Fail(DiskFault::kFull, 1, SimDisk::kForEver);
    EXPECT_FALSE(s->Shutdown(true, 9'000));
    EXPECT_FALSE(s->broken()) << s->oracle().trace();
  }
  void TearDown() override { EXPECT_FALSE(s_.broken()) << s_.oracle().trace(); }

  TempDir directory_;
  Coverage coverage_;
  Simulation s_{MakeConfig(), 7, &coverage_};
};

TEST_F(Orders, ALateDenialSparesWhatWasTrackedAfterTheConsentThatFollowedIt) {
  ASSERT_TRUE(s_.Start());
  s_.Track(3);
  ASSERT_TRUE(s_.Persist(1'000));
  Full();
  EXPECT_FALSE(s_.SetConsent(Consent::kDenied));
  EXPECT_FALSE(s_.SetConsent(Consent::kGiven));
  s_.Track(5);
  s_.disk().Heal();
  EXPECT_TRUE(s_.Persist(10'000));
  EXPECT_EQ(Stored(), 5u);
}

TEST_F(Orders, SoDoesADenialThatADeadProcessLeft) {
  ASSERT_TRUE(s_.Start());
  s_.Track(3);
  ASSERT_TRUE(s_.Persist(1'000));
  // Dies when the denial is on the disk and the removal is not, and so does the memory with which
  // an heir would have carried it out.
  s_.disk().KillAt(4);
  s_.SetConsent(Consent::kDenied);
  ASSERT_TRUE(s_.disk().dead());
  s_.CleanUpAfterDeath(LifeEnd::kPowerCut, PowerCut::kKept);
  ASSERT_EQ(s_.oracle().rows().size(), 3u);
  ASSERT_TRUE(s_.Start());
  ASSERT_TRUE(s_.oracle().refuses());
  Full();
  EXPECT_FALSE(s_.SetConsent(Consent::kGiven));
  s_.Track(5);
  s_.disk().Heal();
  EXPECT_TRUE(s_.Persist(10'000));
  EXPECT_EQ(Stored(), 5u);
}

TEST_F(Orders, AnOldDenialIsCarriedOutWhenTheDiskComesBackUnderOneInMemory) {
  ASSERT_TRUE(s_.Start());
  s_.Identify("user1");
  s_.Track(3);
  ASSERT_TRUE(s_.Persist(1'000));
  s_.disk().KillAt(4);  // as above
  s_.SetConsent(Consent::kDenied);
  s_.CleanUpAfterDeath(LifeEnd::kPowerCut, PowerCut::kKept);
  ASSERT_EQ(s_.oracle().rows().size(), 3u);
  s_.disk().Fail(DiskFault::kIo, 1, SimDisk::kForEver);
  ASSERT_TRUE(s_.Start());
  s_.SetConsent(Consent::kGiven);
  s_.Identify("user2");
  s_.Track(2);
  s_.disk().Heal();
  s_.server().SetWeather(Weather::kThrottling);
  s_.Advance(20'000);  // the oracle knows that those of before may not be sent
  EXPECT_EQ(Stored(), 2u);
}

TEST_F(Orders, ALatePurgeSparesWhatWasTrackedAfterIt) {
  ASSERT_TRUE(s_.Start());
  s_.Track(3);
  Full();
  EXPECT_FALSE(s_.Purge());
  s_.Track(5);
  s_.disk().Heal();
  EXPECT_TRUE(s_.Persist(10'000));
  EXPECT_EQ(Stored(), 5u);
}

TEST_F(Orders, TheLastWordOnConsentHolds) {
  ASSERT_TRUE(s_.Start());
  Full();
  EXPECT_FALSE(s_.SetConsent(Consent::kGiven));
  EXPECT_FALSE(s_.SetConsent(Consent::kDenied));
  s_.disk().Fail(DiskFault::kFull, 1, 1);  // the first of the two once more
  s_.Advance(5'000);
  EXPECT_TRUE(s_.Shutdown(false, 1'000));
  ASSERT_TRUE(s_.Start());
  EXPECT_EQ(s_.oracle().consent(), Consent::kDenied);
}

TEST_F(Orders, PersistDoesNotWaitForTheNextTryOfItsOwnAccord) {
  ASSERT_TRUE(s_.Start());
  s_.disk().Fail(DiskFault::kFull, 1, 1);
  s_.Track(1, Priority::kCritical);
  s_.Advance(1);
  EXPECT_FALSE(s_.disk().failing());
  EXPECT_TRUE(s_.Persist(100));
}

TEST_F(Orders, ShutdownSettlesWhatTheDiskRefusedAtFirst) {
  ASSERT_TRUE(s_.Start());
  s_.Identify("user1");
  s_.Track(1);
  ASSERT_TRUE(s_.Persist(1'000));
  s_.Advance(2);
  ASSERT_EQ(s_.oracle().pace().open(), 1u);
  s_.disk().Fail(DiskFault::kFull, 1, 3);
  EXPECT_TRUE(s_.Shutdown(true, 1'000));
  EXPECT_EQ(s_.oracle().rows().size(), 0u) << "delivered";
}

TEST_F(Orders, ShutdownSaysThatItCouldNotSettle) {
  Config config = MakeConfig();
  config.crash_safe_intake = false;
  Simulation plain(config, 7, &coverage_);
  EndUnsettled(&plain);
  EXPECT_EQ(plain.oracle().rows().size(), 1u);
}

TEST_F(Orders, WhatItCouldNotSettleTheNextStartDoesWhereMemoryLivesOn) {
  EndUnsettled(&s_);
  EXPECT_EQ(s_.oracle().rows().size(), 0u);
}

TEST_F(Orders, ADenialThatTheDiskRefusesDoesNotKeepTheWorkerAwake) {
  ASSERT_TRUE(s_.Start());
  s_.Track(3);
  Full();
  EXPECT_FALSE(s_.SetConsent(Consent::kDenied));
  const std::uint64_t steps = s_.steps();
  s_.Persist(60'000);
  EXPECT_LT(s_.steps() - steps, 200u);
}

}  // namespace
}  // namespace embeddables::test
