// Where the command line looks for its files by itself, and who may read them.

#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/e2e/settings_fixture.h"
#include "tests/support/collector.h"
#include "tests/support/mounts.h"

namespace embeddables::test {
namespace {

TEST_F(CommandLineSettings, TheUsersFileIsOverTheMachines) {
  if (!EnterOwnMounts()) GTEST_SKIP() << kNoOwnMounts;
  ASSERT_TRUE(MountMemoryDisk("/etc", "1m"));
  std::filesystem::create_directory("/etc/embeddables");
  std::ofstream("/etc/embeddables/agent.conf")
      << "store = " << (directory_ / "a.db") << "\nidentifier = kiosk=17\n";
  environment_.erase("EMBEDDABLES_STORE");
  environment_.erase("EMBEDDABLES_IDENTIFIER");
  EXPECT_EQ(Store(), "a");
  WriteConfig("store = " + (directory_ / "b.db") + "\n");
  EXPECT_EQ(Store(), "b") << "and the machine's identifier";
  const std::string own = WriteFile("own.conf", "store = " + (directory_ / "c.db") + "\n");
  EXPECT_EQ(Store({"--config", own, "--anonymous"}), "c");
  EXPECT_EQ(Run({"track", "door", "--no-flush", "--config", own}), 2) << "it is the only one";
  EXPECT_EQ(umount2("/etc", MNT_DETACH), 0);
}

TEST_F(CommandLineSettings, WithoutXdgConfigHomeItIsInDotConfig) {
  environment_.erase("EMBEDDABLES_STORE");
  environment_["XDG_CONFIG_HOME"] = "";
  environment_["HOME"] = directory_ / "";
  std::filesystem::create_directories(directory_ / ".config/embeddables");
  WriteFile(".config/embeddables/agent.conf", "store = " + (directory_ / "c.db") + "\n");
  EXPECT_EQ(Store(), "c");
}

TEST_F(CommandLineSettings, AKeyFileThatOthersCanReadIsWarnedOf) {
  Collector collector({"--api-key", "rk_right"});
  PointAt(collector.url());
  environment_.erase("EMBEDDABLES_API_KEY");
  const std::string key = WriteFile("key", "rk_right\n", 0600);
  EXPECT_EQ(Run({"track", "door", "--key-file", key}), 0) << output_;
  EXPECT_FALSE(Said("warning")) << output_;
  const std::string link = directory_ / "link";
  ASSERT_EQ(symlink(key.c_str(), link.c_str()), 0);
  EXPECT_EQ(Run({"track", "door", "--key-file", link}), 0) << output_;
  EXPECT_FALSE(Said("warning")) << "a link's own mode says nothing: " << output_;
  for (const mode_t mode : {0644U, 0640U, 0604U, 0606U}) {
    ASSERT_EQ(chmod(key.c_str(), mode), 0);
    for (const std::string& name : {key, link}) {
      EXPECT_EQ(Run({"track", "door", "--key-file", name}), 0) << output_;
      EXPECT_TRUE(Said("warning") && Said(name) && Said("chmod 600")) << output_;
      EXPECT_FALSE(Said("rk_right")) << output_;
    }
  }
}

TEST_F(CommandLineSettings, AKeyAmongSystemdsCredentialsIsNotWarnedOf) {
  Collector collector({"--api-key", "rk_right"});
  PointAt(collector.url());
  environment_.erase("EMBEDDABLES_API_KEY");
  std::filesystem::create_directory(directory_ / "credentials");
  const std::string key = WriteFile("credentials/key", "rk_right\n", 0440);
  environment_["CREDENTIALS_DIRECTORY"] = directory_ / "credentials";
  EXPECT_EQ(Run({"track", "door", "--key-file", key}), 0) << output_;
  EXPECT_FALSE(Said("warning")) << output_;
  environment_["CREDENTIALS_DIRECTORY"] = directory_ / "cred";
  EXPECT_EQ(Run({"track", "door", "--key-file", key}), 0) << output_;
  EXPECT_TRUE(Said("warning")) << output_;
}

}  // namespace
}  // namespace embeddables::test
