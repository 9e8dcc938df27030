// Where state is kept, by the XDG Base Directory Specification.

#include <gtest/gtest.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include <string>

#include "platform/paths.h"

namespace embeddables {
namespace {

TEST(StateFolder, IsTheUsersOwn) {
  setenv("XDG_STATE_HOME", "/somewhere/state", 1);
  EXPECT_EQ(UserStateDirectory(), "/somewhere/state");
  setenv("XDG_STATE_HOME", "relative", 1);  // the specification says: ignore it
  setenv("HOME", "/home/somebody", 1);
  EXPECT_EQ(UserStateDirectory(), "/home/somebody/.local/state");
  unsetenv("HOME");
  unsetenv("XDG_STATE_HOME");
  const passwd* user = getpwuid(getuid());
  EXPECT_EQ(UserStateDirectory(),
            user == nullptr ? "" : std::string(user->pw_dir) + "/.local/state");
}

}  // namespace
}  // namespace embeddables
