// Config::on_thread_start and on_thread_stop.

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/agent_fixture.h"

namespace embeddables::test {
namespace {

class ThreadHooksTest : public AgentTest {
 protected:
  struct Note {
    std::string what;
    std::thread::id thread;
  };

  ThreadHooksTest() {
    config_.store_only = true;
    config_.max_events = 5;
    config_.on_thread_start = [this] { Add("start"); };
    config_.on_thread_stop = [this] { Add("stop"); };
    config_.on_outcome = [this](const Outcome&) { Add("outcome"); };
  }
  ~ThreadHooksTest() override { agent_.reset(); }

  void Add(const std::string& what) {
    const std::lock_guard<std::mutex> lock(mutex_);
    notes_.push_back({what, std::this_thread::get_id()});
  }
  std::vector<Note> notes() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return notes_;
  }

  std::mutex mutex_;
  std::vector<Note> notes_;
};

TEST_F(ThreadHooksTest, RunOnTheAgentsThreadBeforeAndAfterAllElse) {
  Start();
  Track(10);  // five of them are dropped, which is told
  ASSERT_TRUE(WaitFor([this] { return notes().size() >= 2; }));
  ASSERT_TRUE(agent_->Shutdown(seconds(30)).ok());
  const std::vector<Note> all = notes();
  ASSERT_GE(all.size(), 3u);
  EXPECT_EQ(all.front().what, "start");
  EXPECT_EQ(all.back().what, "stop") << "Shutdown has waited for it";
  for (const Note& each : all) {
    EXPECT_EQ(each.thread, all.front().thread);
    EXPECT_NE(each.thread, std::this_thread::get_id());
    if (&each != &all.front() && &each != &all.back()) {
      EXPECT_EQ(each.what, "outcome");
    }
  }
}

TEST_F(ThreadHooksTest, EachAgentHasItsPair) {
  for (int i = 0; i < 3; ++i) {
    Start();
    Track(1);
    agent_.reset();
  }
  const std::vector<Note> all = notes();
  ASSERT_EQ(all.size(), 6u);
  for (std::size_t i = 0; i < all.size(); ++i)
    EXPECT_EQ(all[i].what, i % 2 == 0 ? "start" : "stop");
}

TEST_F(ThreadHooksTest, NeverRunInAnAgentWithoutAThread) {
  config_.pump = true;
  Start();
  Track(10);
  ASSERT_TRUE(agent_->Pump(seconds(1)).ok());
  ASSERT_TRUE(agent_->Shutdown(seconds(30)).ok());
  for (const Note& each : notes()) EXPECT_EQ(each.what, "outcome");
}

TEST_F(ThreadHooksTest, TheHostMayNameTheThread) {
  config_.on_thread_start = [] { pthread_setname_np(pthread_self(), "mine"); };
  std::string name;
  std::atomic<bool> told{false};
  config_.on_outcome = [&](const Outcome&) {
    char text[16] = {};
    pthread_getname_np(pthread_self(), text, sizeof text);
    name = text;
    told = true;
  };
  Start();
  Track(10);
  ASSERT_TRUE(agent_->Persist(seconds(30)).ok());
  ASSERT_TRUE(WaitFor([&told] { return told.load(); }));
  ASSERT_TRUE(agent_->Shutdown(seconds(30)).ok());
  EXPECT_EQ(name, "mine");
}

TEST_F(ThreadHooksTest, MayTrackButNotBlock) {
  std::atomic<bool> started{false}, asked{false};
  std::vector<StatusCode> codes;
  config_.on_thread_start = [&] {
    while (!started) std::this_thread::yield();  // until Start has handed out the agent
    codes.push_back(agent_->Track("tick").code());
    codes.push_back(agent_->Flush(seconds(1)).code());
    asked = true;
  };
  config_.on_thread_stop = [&] {
    codes.push_back(agent_->Track("tick").code());
    codes.push_back(agent_->Shutdown(seconds(1)).code());
  };
  Start();
  started = true;
  ASSERT_TRUE(WaitFor([&asked] { return asked.load(); }));
  ASSERT_TRUE(agent_->Shutdown(seconds(30)).ok());
  EXPECT_EQ(codes,
            (std::vector<StatusCode>{StatusCode::kOk, StatusCode::kInvalidArgument,
                                     StatusCode::kNotRunning, StatusCode::kInvalidArgument}));
}

// A hook that hangs is a callback that hangs: Shutdown keeps its time all the same.
TEST_F(ThreadHooksTest, AStuckOneDoesNotHoldUpShutdown) {
  std::atomic<bool> leave{false};
  config_.on_thread_stop = [&leave] { WaitFor([&leave] { return leave.load(); }); };
  Start();
  EXPECT_EQ(agent_->Shutdown(milliseconds(50)).code(), StatusCode::kDeadlineExceeded);
  leave = true;
  EXPECT_TRUE(agent_->Shutdown(seconds(30)).ok());
}

}  // namespace
}  // namespace embeddables::test
