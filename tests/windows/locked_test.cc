// Another program, such as a virus scanner, has the store's file open and shares it with nobody.

#include <embeddables/agent.h>
#include <gtest/gtest.h>
#include <windows.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "tests/support/agent_fixture.h"

namespace embeddables::test {
namespace {

// Has the file for 3 s.
class Scanner {
 public:
  explicit Scanner(const std::string& path)
      : file_(CreateFileW(std::filesystem::u8path(path).wstring().c_str(), GENERIC_READ, 0, nullptr,
                          OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, nullptr)),
        leaves_([this] {
          std::this_thread::sleep_for(std::chrono::seconds(3));
          CloseHandle(file_);
        }) {}
  ~Scanner() { leaves_.join(); }
  Scanner(const Scanner&) = delete;
  Scanner& operator=(const Scanner&) = delete;

  bool holds() const { return file_ != INVALID_HANDLE_VALUE; }

 private:
  const HANDLE file_;
  std::thread leaves_;
};

TEST_F(AgentTest, AStoreThatIsHeldForThreeSecondsLosesNothing) {
  config_.store_only = true;
  Start();
  agent_->Identify("email", "a@b.c");
  Track(5);
  EndUnsent();
  agent_.reset();

  const Scanner scanner(config_.store_path);
  ASSERT_TRUE(scanner.holds());
  config_.store_only = false;
  StartWithCollector();
  agent_->Identify("email", "a@b.c");
  Track(5);
  EXPECT_TRUE(WaitFor([&] { return collector_->CountReceived() == 10; }));
  EXPECT_TRUE(WaitFor([&] { return ledger().pending == 0; }));
  EXPECT_EQ(ledger().accepted, 10u);
  EXPECT_EQ(ledger().delivered, 10u);
}

// Somebody who reads along, and so keeps the file's name.
TEST_F(AgentTest, ADamagedStoreThatAnotherHasOpenIsMovedOnceThatHasClosedIt) {
  config_.store_only = true;
  Start();
  agent_->Identify("email", "a@b.c");
  Track(50);
  EndUnsent();
  agent_.reset();
  std::fstream(std::filesystem::u8path(config_.store_path),
               std::ios::in | std::ios::out | std::ios::binary)
      << std::string(100, 'x');

  const HANDLE other = CreateFileW(std::filesystem::u8path(config_.store_path).wstring().c_str(),
                                   GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, nullptr,
                                   OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, nullptr);
  ASSERT_NE(other, INVALID_HANDLE_VALUE);
  const Status refused = Agent::Start(config_, &agent_);
  EXPECT_EQ(refused.code(), StatusCode::kStoreUnusable);
  EXPECT_NE(std::string(refused.message()).find("error 32"), std::string::npos)
      << refused.message();
  CloseHandle(other);
  Start();
  EXPECT_EQ(ledger().pending, 50u);
}

}  // namespace
}  // namespace embeddables::test
