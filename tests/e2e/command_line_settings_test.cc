// Where the command line takes its settings from.

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/e2e/settings_fixture.h"
#include "tests/support/collector.h"

namespace embeddables::test {
namespace {

TEST_F(CommandLineSettings, AllCanStandInAFile) {
  Collector collector;
  const std::string key = WriteFile("key", "rk_demo\n");
  environment_ = {{"XDG_CONFIG_HOME", directory_ / "config"}, {"APPDATA", directory_ / "config"}};
  WriteConfig(
      "# a comment\n"
      "; another\n"
      "store = " +
      store_ +
      "\n"
      "project = pr_demo   # at the end\n"
      "embeddable = \"flow_demo\"\n"
      "base-url = " +
      collector.url() +
      "\n"
      "key-file = " +
      key +
      "\n"
      "identifier = kiosk=17\n"
      "header = [\"X-A: 1, 2\", \"X-B: 3\"]\n"
      "max-age = 7200\n"
      "crash-safe-intake = false\n"
      "allow-plain-http\n");
  EXPECT_EQ(Run({"track", "door"}), 0) << output_;
  const auto received = collector.Received();
  ASSERT_EQ(received.size(), 1u);
  EXPECT_EQ(received[0].project_id, "pr_demo");
  EXPECT_EQ(received[0].identifier_key, "kiosk");
  // Keys that concern other commands are no mistake.
  EXPECT_EQ(Run({"status"}), 0) << output_;
  EXPECT_EQ(Run({"dead-letters", "list"}), 0) << output_;
}

TEST_F(CommandLineSettings, AFileAsWindowsWritesIt) {
  environment_.erase("EMBEDDABLES_STORE");
  WriteConfig("\xEF\xBB\xBFstore = " + (directory_ / "a.db") + "\r\nmax-age = 7200\r\n");
  EXPECT_EQ(Store(), "a");
}

TEST_F(CommandLineSettings, OptionOverVariableOverFile) {
  environment_.erase("EMBEDDABLES_STORE");
  WriteConfig("store = " + (directory_ / "a.db") + "\n");
  EXPECT_EQ(Store(), "a");
  environment_["EMBEDDABLES_STORE"] = directory_ / "b.db";
  EXPECT_EQ(Store(), "b");
  EXPECT_EQ(Store({"--store", directory_ / "c.db"}), "c");
  environment_["EMBEDDABLES_STORE"] = "";
  EXPECT_EQ(Store(), "a") << "an empty variable says nothing";
}

TEST_F(CommandLineSettings, ConfigNamesTheOnlyFile) {
  environment_.erase("EMBEDDABLES_STORE");
  WriteConfig("store = " + (directory_ / "a.db") + "\nno-such-key = 1\n");
  const std::string own = WriteFile("own.conf", "store = " + (directory_ / "b.db") + "\n");
  EXPECT_EQ(Store({"--config", own}), "b");
  environment_["EMBEDDABLES_CONFIG"] = own;
  EXPECT_EQ(Store(), "b");
  EXPECT_EQ(Run({"status", "--config", directory_ / "none.conf"}), 2);
  EXPECT_TRUE(Said("none.conf") && Said("No such file")) << output_;
  EXPECT_EQ(Run({"status", "--config", directory_ / "config"}), 2) << "a folder is none";
}

TEST_F(CommandLineSettings, MistakesNameTheKeyAndTheFile) {
  const struct {
    const char* text;
    const char* words;
  } all[] = {
      {"max-agee = 7200\n", "max-agee in "},
      {"max-agee = 7200\n", "did you mean max-age?"},
      {"max-age = long\n", "max-age in "},
      {"max-age = 90\n", "90 seconds"},
      {"max-in-flight = 0\n", "max-in-flight in "},
      {"base-url = http://a b\n", "more than one value"},
      {"[track]\nidentifier = a=b\n", "no sections"},
      {"allow-plain-http = perhaps\n", "allow-plain-http in "},
      {"config = other.conf\n", "config is for the command line"},
      {"project = x\n", "project in "},
      {"# what is kept\nstore\n", "agent.conf, line 2: it needs a value: store = FILE"},
      {"max-events # all\n", ", line 1: it needs a value: max-events = NUMBER"},
      {"\nidentifier = \"a=b\n", "line 2: identifier: the end quote is missing"},
      {"identifier = \"a=b # the first\n", "line 1: identifier: the end quote is missing"},
  };
  for (const auto& each : all) {
    const std::string text = each.text;
    if (text.substr(0, 7) == "project") environment_.erase("EMBEDDABLES_PROJECT");
    if (text.substr(0, 8) == "base-url") environment_.erase("EMBEDDABLES_BASE_URL");
    if (text.find("\nstore") != std::string::npos) environment_.erase("EMBEDDABLES_STORE");
    const std::string file = WriteConfig(each.text);
    EXPECT_EQ(Run({"track", "door"}), 2) << each.text << output_;
    EXPECT_TRUE(Said(each.words) && Said(file)) << each.text << output_;
  }
}

// CLI11 before 2.4 cuts the value there.
TEST_F(CommandLineSettings, ACommentSignWithinQuotesIsKeptOrRefused) {
  environment_.erase("EMBEDDABLES_STORE");
  const std::string file = WriteConfig("store = \"" + (directory_ / "a#b.db") + "\"\n");
  if (Run({"track", "door", "--no-flush"}) == 2) {
    EXPECT_TRUE(Said("cannot hold '#'") && Said(file)) << output_;
  } else {
    EXPECT_TRUE(std::filesystem::exists(directory_ / "a#b.db")) << output_;
  }
}

TEST_F(CommandLineSettings, TheKeyIsNeverInTheFile) {
  WriteConfig("api-key = rk_demo\n");
  EXPECT_EQ(Run({"flush"}), 2);
  EXPECT_TRUE(Said("key-file") && !Said("rk_demo")) << output_;
}

TEST_F(CommandLineSettings, TheKeyByVariableIsOverAFilesKeyFile) {
  Collector collector({"--api-key", "rk_right"});
  PointAt(collector.url());
  WriteConfig("key-file = " + WriteFile("wrong", "rk_wrong\n") + "\n");
  environment_["EMBEDDABLES_API_KEY"] = "rk_right";
  EXPECT_EQ(Run({"track", "door"}), 0) << output_;
  environment_.erase("EMBEDDABLES_API_KEY");
  EXPECT_EQ(Run({"track", "door", "--timeout", "60"}), 6) << output_;
  const std::string right = WriteFile("right", "rk_right\n");
  EXPECT_EQ(Run({"flush", "--key-file", right, "--timeout", "60"}), 0) << output_;
}

TEST_F(CommandLineSettings, TheNearerConsentPolicyCounts) {
  Collector collector;
  PointAt(collector.url());
  const auto policy = [this] {
    EXPECT_EQ(Run({"consent", "show"}), 0) << output_;
    return Said("required") ? "required" : "not required";
  };
  WriteConfig("no-consent-required = true\n");
  EXPECT_EQ(Run({"track", "door"}), 0) << output_;
  EXPECT_EQ(Run({"track", "door", "--timeout", "1", "--consent-required"}), 4) << output_;
  EXPECT_STREQ(policy(), "required");
  EXPECT_EQ(Run({"flush"}), 0) << output_;
  environment_["EMBEDDABLES_CONSENT_REQUIRED"] = "true";
  EXPECT_EQ(Run({"track", "door", "--timeout", "1"}), 4) << output_;
  EXPECT_STREQ(policy(), "required");
  EXPECT_EQ(Run({"flush", "--no-consent-required"}), 0) << output_;
  EXPECT_STREQ(policy(), "not required");
  EXPECT_EQ(Run({"flush", "--no-consent-required", "--consent-required"}), 2);
  EXPECT_TRUE(Said("--consent-required and --no-consent-required contradict")) << output_;
  environment_.erase("EMBEDDABLES_CONSENT_REQUIRED");
  const std::string file = WriteConfig("no-consent-required = true\nconsent-required = true\n");
  EXPECT_EQ(Run({"flush"}), 2);
  EXPECT_TRUE(Said("consent-required in " + file)) << output_;
}

TEST_F(CommandLineSettings, AWrongKeyIsNamedByWhatGaveIt) {
  environment_.erase("EMBEDDABLES_BASE_URL");  // the vendor's own: nothing is sent with a wrong key
  const std::string key = WriteFile("key", "rk_right\n");
  const std::string file = WriteConfig("key-file = " + key + "\n");
  environment_["EMBEDDABLES_API_KEY"] = "demo";
  EXPECT_EQ(Run({"track", "door"}), 2);
  EXPECT_TRUE(Said("EMBEDDABLES_API_KEY must") && !Said("key-file")) << output_;
  WriteFile("key", "demo\n");
  EXPECT_EQ(Run({"track", "door", "--key-file", key}), 2);
  EXPECT_TRUE(Said("--key-file must")) << output_;
  environment_.erase("EMBEDDABLES_API_KEY");
  EXPECT_EQ(Run({"track", "door"}), 2);
  EXPECT_TRUE(Said("key-file in " + file + " must")) << output_;
}

TEST_F(CommandLineSettings, AKeyOfAFileHasOneValueWhereverItStands) {
  for (const char* text :
       {"max-age = 7200\nmax-age = 7200\n", "max-age = 7200\nproject = pr_demo\nmax-age = 7200\n",
        "allow-plain-http = true\nproject = pr_demo\nallow-plain-http = false\n"}) {
    const std::string file = WriteConfig(text);
    EXPECT_EQ(Run({"track", "door", "--no-flush"}), 2) << text;
    EXPECT_TRUE(Said(file + ": there is more than one value; name it once")) << output_;
  }
  WriteConfig("header = X-A:1\nproject = pr_demo\nheader = X-B:2\n");
  EXPECT_EQ(Run({"track", "door", "--no-flush"}), 0) << "of these there may be more: " << output_;
}

TEST_F(CommandLineSettings, StoringAloneNeedsNoKey) {
  environment_["EMBEDDABLES_KEY_FILE"] = directory_ / "none";
  EXPECT_EQ(Run({"track", "door", "--no-flush"}), 0) << output_;
  EXPECT_EQ(Run({"flush"}), 2) << output_;
}

}  // namespace
}  // namespace embeddables::test
