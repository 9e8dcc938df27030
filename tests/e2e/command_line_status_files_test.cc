// `status` of a store that is no file, or another user's.

#include <gtest/gtest.h>
#include <rapidjson/document.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/e2e/status_fixture.h"
#include "tests/support/inspecting.h"

namespace embeddables::test {
namespace {

namespace fs = std::filesystem;

TEST_F(StatusCommand, ChecksAStoreThatCannotBeReadOnStandardOutput) {
  const auto check = [this](const std::string& store, std::vector<std::string> more = {}) {
    more.insert(more.begin(), {Binary("embeddables-agent"), "status", "--check", "--store", store});
    Process process(more, environment_);
    output_ = process.ReadAll();
    return process.Wait();
  };
  const std::string pipe = directory_ / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  const std::string folder = directory_ / "store";
  for (const std::string& store : {std::string("/dev/null"), pipe, folder}) {
    EXPECT_EQ(check(store), 5) << store;
    EXPECT_TRUE(Says("store: a folder, a device or a pipe is no store") && Says(store)) << output_;
  }
  EXPECT_EQ(check(directory_ / "none"), 5);
  EXPECT_TRUE(Says("store: there is no store at this path")) << output_;
  EXPECT_EQ(check(directory_ / "none", {"--json"}), 5);
  rapidjson::Document document;
  document.Parse(output_.c_str());
  ASSERT_TRUE(document.IsObject()) << output_;
  EXPECT_EQ(document["check"].GetInt(), 5);
  EXPECT_STREQ(document["cause"].GetString(), "store");
  EXPECT_NE(std::string(document["why"].GetString()).find("there is no store"), std::string::npos);
}

// As a user who owns nothing here.
class StatusOfAnotherUser : public StatusCommand {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root, to be another user";
    ASSERT_EQ(Run({"track", "door_opened", "--no-flush"}), 0) << output_;
    fs::permissions(directory_.path(), fs::perms(0755));
    // The build's folder may be root's alone.
    fs::copy_file(Binary("embeddables-agent"), program_);
    fs::permissions(program_, fs::perms(0755));
    environment_["HOME"] = directory_.path();
  }
  int RunAsNobody(const std::string& what) {
    output_.clear();
    return RunProcess({"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "sh", "-c",
                       program_ + " " + what + " 2>&1"},
                      environment_, &output_);
  }

  const std::string program_ = directory_ / "embeddables-agent";
};

TEST_F(StatusOfAnotherUser, WhoMayReadItLooksAndChangesNothing) {
  fs::permissions(directory_ / "store", fs::perms(0755));
  for (const auto& each : fs::directory_iterator(directory_ / "store")) {
    fs::permissions(each.path(), fs::perms(0644));
  }
  const Tree before = TreeOf({directory_.path()});
  for (const char* what : {"dead-letters list", "consent show", "status --check", "status"}) {
    EXPECT_EQ(RunAsNobody(what), 0) << what << ": " << output_;
  }
  EXPECT_TRUE(Says("accepted   1\n")) << output_;
  ExpectSame(before, TreeOf({directory_.path()}));
}

TEST_F(StatusOfAnotherUser, AFolderThatMayNotBeEnteredIsAStoreThatCannotBeRead) {
  fs::permissions(directory_ / "store", fs::perms(0700));
  for (const char* what :
       {"status", "status --json", "status --check", "dead-letters list", "consent show"}) {
    EXPECT_EQ(RunAsNobody(what), 5) << what;
    EXPECT_TRUE(Says("the store cannot be read; check its owner, mode and folder")) << output_;
    EXPECT_TRUE(Says(store_)) << output_;
    EXPECT_FALSE(Says("accepted")) << output_;
  }
  EXPECT_EQ(RunAsNobody("track door_opened --no-flush"), 5);
  EXPECT_TRUE(Says("the store cannot be opened for writing; check mount, folder and owner"))
      << output_;
}

}  // namespace
}  // namespace embeddables::test
