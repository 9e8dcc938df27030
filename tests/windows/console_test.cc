// The command line on this system: names in any script, and Ctrl-C.

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <string>

#include "tests/support/collector.h"
#include "tests/support/command_line.h"
#include "tests/support/process.h"

namespace embeddables::test {
namespace {

TEST_F(CommandLineTest, ArgumentsVariablesPathsAndOutputAreUtf8) {
  environment_["EMBEDDABLES_STORE"] = directory_ / "Пользователь 用户/события.db";
  EXPECT_EQ(Run({"status"}), 5);
  EXPECT_TRUE(Said("Пользователь 用户/события.db")) << output_;
  ASSERT_EQ(Run({"track", "x", "--prop", "имя=日本語", "--no-flush"}), 0) << output_;
  Collector collector;
  PointAt(collector.url());
  environment_["EMBEDDABLES_STORE"] = directory_ / "Пользователь 用户/события.db";
  ASSERT_EQ(Run({"flush"}), 0) << output_;
  ASSERT_EQ(collector.CountReceived(), 1u);
  EXPECT_NE(collector.ReceivedText().find("\"имя\":\"日本語\""), std::string::npos);
}

TEST_F(CommandLineTest, AStoreMayLieAtALongPath) {
  const std::string folder = directory_ / std::string(200, 'p') + "/" + std::string(200, 'q');
  Collector collector;
  PointAt(collector.url());
  environment_["EMBEDDABLES_STORE"] = folder + "/events.db";
  ASSERT_EQ(Run({"track", "x", "--no-flush"}), 0) << output_;
  EXPECT_EQ(Run({"status"}), 0) << output_;
  ASSERT_EQ(Run({"flush"}), 0) << output_;
  EXPECT_EQ(collector.CountReceived(), 1u);
}

TEST_F(CommandLineTest, AProfileMayHaveANameInAnyScript) {
  const std::string profile = directory_ / "Профиль 用户/" + std::string(200, 'p');
  std::filesystem::create_directories(std::filesystem::u8path(profile));
  environment_.erase("EMBEDDABLES_STORE");
  environment_["LOCALAPPDATA"] = profile;
  ASSERT_EQ(Run({"track", "x", "--no-flush"}), 0) << output_;
  ASSERT_EQ(Run({"status", "--json"}), 0) << output_;
  EXPECT_TRUE(Said("\"pending\":1")) << output_;
  EXPECT_TRUE(std::filesystem::exists(std::filesystem::u8path(profile + "/embeddables-agent")));
}

TEST_F(CommandLineTest, TheDoctorLooksAtAllItCan) {
  Collector collector;
  PointAt(collector.url());
  ASSERT_EQ(Run({"track", "x"}), 0) << output_;
  EXPECT_EQ(Run({"doctor"}), 0) << output_;
  for (const char* each : {"server", "key", "clock", "disk", "fsync", "store", "memory"}) {
    EXPECT_TRUE(Said(each)) << each << ": " << output_;
  }
}

TEST_F(CommandLineTest, ControlCEndsTheCollectorInOrder) {
  Process collector({Binary("embeddables-collector"), "--port", "0"}, {});
  ASSERT_EQ(collector.ReadLine().rfind("listening on ", 0), 0u);
  collector.Signal(SIGINT);
  collector.ReadAll();
  EXPECT_EQ(collector.Wait(), 0);
}

TEST_F(CommandLineTest, ControlCKeepsWhatWasTracked) {
  Process tracking({Binary("embeddables-agent"), "track", "--stdin", "--ack"}, environment_);
  ASSERT_TRUE(tracking.Write(Lines(0, 250)));
  ASSERT_EQ(tracking.ReadLine(), "stored 100");
  tracking.Signal(SIGINT);
  tracking.ReadAll();
  EXPECT_EQ(static_cast<unsigned>(tracking.Wait()), 0xC000013Au);
  ASSERT_EQ(Run({"status", "--json"}), 0) << output_;
  EXPECT_TRUE(Said("\"pending\":250")) << output_;
}

}  // namespace
}  // namespace embeddables::test
