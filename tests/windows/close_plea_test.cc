// Pleas to close a file, between those who have it open.

#include "platform/close_plea.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <string>

#include "platform/paths.h"
#include "platform/socket.h"
#include "platform/system_windows.h"
#include "tests/support/temp_dir.h"

namespace embeddables {
namespace {

using std::chrono::seconds;
using test::TempDir;

class ClosePleas : public testing::Test {
 protected:
  ClosePleas() : file_(Make("store.db")), other_file_(Make("other.db")) {}
  ~ClosePleas() override { Drop(&open_); }

  FileId Make(const char* name) {
    std::string error;
    FileId made;
    EXPECT_TRUE(MakePrivateFile(directory_ / name, &error)) << error;
    EXPECT_EQ(FindFile(directory_ / name, &made), Presence::kThere);
    return made;
  }
  // As SQLite does.
  void Hold() {
    open_ = HandleFrom(CreateFileW(WidePath(path_).c_str(), GENERIC_READ,
                                   FILE_SHARE_READ | FILE_SHARE_WRITE, nullptr, OPEN_EXISTING, 0,
                                   nullptr));
    ASSERT_TRUE(open_.ok());
  }
  static bool Comes(const ClosePlea& plea) {
    return WaitReadable({plea.waitable()}, seconds(20)) && plea.heard();
  }

  TempDir directory_;
  const std::string path_ = directory_ / "store.db";
  const FileId file_, other_file_;
  Handle open_;
};

TEST_F(ClosePleas, AreHeardByAllWhoListenForTheFile) {
  ClosePlea asks, listens, elsewhere;
  ASSERT_TRUE(asks.Listen(file_));
  ASSERT_TRUE(listens.Listen(file_));
  ASSERT_TRUE(elsewhere.Listen(other_file_));
  EXPECT_FALSE(listens.heard());
  Hold();
  EXPECT_TRUE(asks.Ask(path_));
  EXPECT_TRUE(asks.heard());
  EXPECT_TRUE(Comes(listens));
  EXPECT_FALSE(elsewhere.heard());
  listens.Clear();
  EXPECT_FALSE(WaitReadable({listens.waitable()}, seconds(0)));
  EXPECT_TRUE(listens.heard());
}

TEST_F(ClosePleas, StandAsLongAsAnybodyHasHeardThem) {
  ClosePlea asks, listens, late;
  ASSERT_TRUE(asks.Listen(file_));
  ASSERT_TRUE(listens.Listen(file_));
  Hold();
  ASSERT_TRUE(asks.Ask(path_));
  asks.Close();
  ASSERT_TRUE(late.Listen(file_));
  EXPECT_TRUE(late.heard());
  // To listen for the file that takes the place is to hear no more of this one.
  ASSERT_TRUE(late.Listen(other_file_));
  EXPECT_FALSE(late.heard());
  listens.Close();
  ASSERT_TRUE(late.Listen(file_));
  EXPECT_FALSE(late.heard());
}

TEST_F(ClosePleas, AreNotMadeForAFileThatCanBeRenamed) {
  ClosePlea plea;
  EXPECT_FALSE(plea.Ask(path_));
  ASSERT_TRUE(plea.Listen(file_));
  EXPECT_FALSE(plea.Ask(path_));
  EXPECT_FALSE(plea.heard());
  Hold();
  EXPECT_TRUE(plea.Ask(path_));
}

// Anybody may make an event of the name that a plea would have.
TEST_F(ClosePleas, OfAnotherUserAreNotHeard) {
  char name[128];
  std::snprintf(name, sizeof name, "Global\\embeddables-agent-close:%llx:%llx",
                static_cast<unsigned long long>(file_.device),
                static_cast<unsigned long long>(file_.number));
  SECURITY_ATTRIBUTES security{sizeof security, nullptr, FALSE};
  ASSERT_NE(ConvertStringSecurityDescriptorToSecurityDescriptorW(
                L"O:SYD:(A;;GA;;;WD)", SDDL_REVISION_1, &security.lpSecurityDescriptor, nullptr),
            0);
  Handle theirs = HandleFrom(CreateEventW(&security, TRUE, TRUE, WideText(name).c_str()));
  LocalFree(security.lpSecurityDescriptor);
  ASSERT_NE(theirs.native(), 0) << SystemError(GetLastError());
  ClosePlea plea;
  EXPECT_FALSE(plea.Listen(file_));
  EXPECT_FALSE(plea.heard());
  Drop(&theirs);
  EXPECT_TRUE(plea.Listen(file_));
}

}  // namespace
}  // namespace embeddables
