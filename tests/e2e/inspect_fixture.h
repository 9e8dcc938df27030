// A store that tests look at with Agent::Inspect, of live processes and of dead ones.

#ifndef EMBEDDABLES_TESTS_E2E_INSPECT_FIXTURE_H_
#define EMBEDDABLES_TESTS_E2E_INSPECT_FIXTURE_H_

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/agent_fixture.h"
#include "tests/support/forked.h"
#include "tests/support/inspecting.h"
#include "tests/support/memory_folder.h"
#include "tests/support/raw_server.h"

namespace embeddables::test {

class InspectTest : public AgentTest {
 protected:
  InspectTest() {
    config_.flush_interval = milliseconds(10);
    config_.intake_bytes = 256 * 1024;  // some tests compare all of it
  }
  void SetUp() override {
    if (MemoryFolder().empty()) GTEST_SKIP() << "no file system that is memory";
  }

  Inspection Look() const {
    Inspection seen;
    const Status status = Agent::Inspect(config_.store_path, &seen);
    EXPECT_TRUE(status.ok()) << status.message();
    EXPECT_TRUE(seen.ledger.balanced());
    return seen;
  }

  // Stays in memory until it is asked for.
  void StoreLate() {
    config_.store_only = true;
    config_.persist_interval = std::chrono::hours(1);
  }

  // Another process starts an agent on the store, does `body` with it, and is killed.
  template <class Body>
  void Died(const Body& body, unsigned user = 0) {
    Forked process([&] {
      if (user != 0 && (setgid(user) != 0 || setuid(user) != 0)) return 1;
      Start();
      body();
      raise(SIGKILL);
      return 0;
    });
    ASSERT_EQ(process.Wait(), -SIGKILL);
  }
  void DiedWith(int stored, int in_memory) {
    StoreLate();
    Died([&] {
      Track(stored);
      agent_->Persist(seconds(20));
      Track(in_memory);
    });
  }

  void StartAgainst(const std::string& answer) {
    server_ = std::make_unique<RawServer>([answer](RawConnection* connection) {
      std::string request;
      while (connection->ReadRequest(&request) && connection->Send(answer)) continue;
    });
    config_.base_url = server_->url();
    Start();
    ASSERT_TRUE(agent_->Identify("email", "ann@example.org").ok());
  }

  // Looks, and finds all files of the store and in memory as they were.
  void ExpectUntouched() const {
    const Tree before = TreeOf({directory_.path(), MemoryFolder()});
    Look();
    std::vector<DeadLetter> letters;
    EXPECT_TRUE(Agent::InspectDeadLetters(config_, &letters).ok());
    ExpectSame(before, TreeOf({directory_.path(), MemoryFolder()}));
  }

  std::unique_ptr<RawServer> server_;
};

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_E2E_INSPECT_FIXTURE_H_
