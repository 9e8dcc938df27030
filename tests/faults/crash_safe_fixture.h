// An agent whose process dies, and what it leaves in memory that outlives it.

#ifndef EMBEDDABLES_TESTS_FAULTS_CRASH_SAFE_FIXTURE_H_
#define EMBEDDABLES_TESTS_FAULTS_CRASH_SAFE_FIXTURE_H_

#include <gtest/gtest.h>
#include <signal.h>

#include <functional>
#include <string>
#include <vector>

#include "agent/store/store.h"
#include "tests/support/agent_fixture.h"
#include "tests/support/forked.h"
#include "tests/support/memory_folder.h"

namespace embeddables::test {

class CrashSafeTest : public AgentTest {
 protected:
  CrashSafeTest() {
    config_.store_only = true;
    config_.persist_interval = std::chrono::hours(1);  // what is not asked for stays in the intake
  }
  void SetUp() override {
    if (MemoryFolder().empty()) GTEST_SKIP() << "no file system that is memory";
  }

  // The files of all intakes of this program's agents.
  static std::vector<std::string> Intakes() {
    std::vector<std::string> all;
    for (const std::string& name : FilesBeginningWith(MemoryFolder() + "/")) {
      if (name.back() != '.') all.push_back(name);
    }
    return all;
  }

  // Another process starts an agent on the store, does `body` with it, and is killed.
  template <class Body>
  void Died(const Body& body) {
    Forked process([&] {
      agent_.reset();
      Start();
      if (HasFatalFailure()) return 1;
      body();
      raise(SIGKILL);
      return 0;
    });
    ASSERT_EQ(process.Wait(), -SIGKILL);
  }

  // Whether some line of the log holds `words`.
  bool Logged(const std::string& words) {
    std::vector<LogLine> lines(200);
    lines.resize(agent_->PollLog(lines.data(), lines.size()));
    for (const LogLine& line : lines) {
      if (std::string(line.text).find(words) != std::string::npos) return true;
    }
    return false;
  }

  // With the store open to nobody else.
  void InStore(const std::function<void(Store*)>& body) {
    Store store(config_, SystemClock());
    ASSERT_TRUE(store.Open(config_.store_path).ok());
    body(&store);
    store.Close();
  }
};

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_FAULTS_CRASH_SAFE_FIXTURE_H_
