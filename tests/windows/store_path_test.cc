// The forms in which this system's programs name a file, as the store's path.

#include <embeddables/agent.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/agent_fixture.h"
#include "tests/support/bytes.h"

namespace embeddables::test {
namespace {

std::string WithBackslashes(std::string path) {
  std::replace(path.begin(), path.end(), '/', '\\');
  return path;
}

std::string InCapitals(std::string path) {
  for (char& c : path) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return path;
}

TEST_F(AgentTest, APathInAnyFormLeadsToTheSameStore) {
  config_.store_only = true;
  const std::string folder = directory_.path(), file = folder + "/events.db";
  ASSERT_EQ(file[1], ':');
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(std::filesystem::u8path(folder));
  const std::vector<std::string> forms = {
      file,
      WithBackslashes(file),
      InCapitals(file),
      "\\\\?\\" + WithBackslashes(file),
      folder + "/./no/../events.db",
      folder + "//events.db",
      file + ".",
      file + " ",
      "events.db",
      file.substr(0, 2) + "events.db",  // in the drive's own current folder
      file.substr(2),                   // on the current drive
  };
  std::uint64_t accepted = 0;
  for (const std::string& form : forms) {
    SCOPED_TRACE("[" + form + "]");
    config_.store_path = form;
    Start();
    Track(3);
    ASSERT_TRUE(agent_->Persist(seconds(20)).ok());
    accepted += 3;
    EXPECT_EQ(ledger().accepted, accepted);
    agent_.reset();
  }
  std::filesystem::current_path(before);
  for (const std::string& name : Files(folder)) {
    EXPECT_EQ(name.compare(0, 9, "events.db"), 0) << name;
  }
}

TEST_F(AgentTest, WhatIsNoFileOrLiesElsewhereIsRefusedWithItsName) {
  const std::string folder = directory_.path();
  std::filesystem::create_directory(std::filesystem::u8path(folder + "/folder"));
  for (const std::string& path :
       {std::string("NUL"), folder + "/nul", folder + "/CON", folder + "/folder",
        folder + "/a?b.db", folder + "/a|b.db", std::string("//127.0.0.1/nobody/events.db"),
        std::string("Q:/no/drive.db"), std::string("\\\\.\\PhysicalDrive0")}) {
    SCOPED_TRACE("[" + path + "]");
    config_.store_path = path;
    const Status status = Agent::Start(config_, &agent_);
    EXPECT_EQ(status.code(), StatusCode::kStoreUnusable);
    const std::string name = path.substr(path.find_last_of("/\\") + 1);
    EXPECT_NE(std::string(status.message()).find(name), std::string::npos) << status.message();
    agent_.reset();
  }
}

}  // namespace
}  // namespace embeddables::test
