// Threads of the host that are cancelled (pthread_cancel) while they are in a call.

#include <pthread.h>

#include <atomic>
#include <functional>
#include <thread>
#include <vector>

#include "tests/support/agent_fixture.h"
#include "tests/support/forked.h"
#include "tests/support/sanitizers.h"

namespace embeddables::test {
namespace {

struct Errand {
  const std::function<void()>& call;
  std::atomic<bool> begun{false}, cancelled{false}, back{false};
};

void* Run(void* argument) {
  auto& errand = *static_cast<Errand*>(argument);
  errand.begun = true;
  while (!errand.cancelled) std::this_thread::yield();  // no cancellation point
  errand.call();
  errand.back = true;
  pthread_testcancel();
  return nullptr;
}

// Makes the call on a thread that is cancelled already, so that the first place where it can end is
// where it does. False: that was within the call.
bool ComesBack(const std::function<void()>& call) {
  Errand errand{call};
  pthread_t thread{};
  if (pthread_create(&thread, nullptr, Run, &errand) != 0) return false;
  while (!errand.begun) std::this_thread::yield();
  pthread_cancel(thread);
  errand.cancelled = true;
  return pthread_join(thread, nullptr) == 0 && errand.back;
}

class CancelTest : public AgentTest {
 protected:
  using Calls = std::vector<std::function<void()>>;

  CancelTest() { config_.base_url = "http://127.0.0.1:1"; }  // nobody listens there

  // In a process of its own, in which a lock that is never given back is a failure. Each call
  // begins with an agent that has an event.
  void AllComeBack(const Calls& calls) {
    if (kTsan) GTEST_SKIP() << "TSan allows no new thread after a fork";
    Forked host([&] {
      int number = 0;
      for (const auto& call : calls) {
        ++number;
        Start();
        agent_->Pause();  // nothing to wait for but the disk
        agent_->Identify("email", "a@b.c");
        agent_->Track("tick");
        if (!ComesBack(call)) return number;
        if (agent_ != nullptr && !agent_->Shutdown(seconds(30)).ok()) return -number;
      }
      return 0;
    });
    EXPECT_EQ(host.Wait(), 0) << "which call";
  }
};

TEST_F(CancelTest, ACallIsLeftAsItWouldHaveBeen) {
  const milliseconds none(0);
  AllComeBack({
      [&] { agent_->Persist(seconds(30)); },
      [&] { agent_->Flush(none); },
      [&] { agent_->Shutdown(seconds(30)); },
      [&] { agent_->Suspend(none); },
      [&] { agent_->Purge(nullptr, seconds(30)); },
      [&] { agent_->SetConsent(Consent::kDenied, nullptr, seconds(30)); },
      [&] {
        std::vector<DeadLetter> letters;
        agent_->DeadLetters(&letters, 10, 0, seconds(30));
      },
      [&] { agent_->Requeue(0, nullptr, seconds(30)); },
      [&] { agent_.reset(); },
      [&] { Start(); },
      [&] {
        Inspection found;
        Agent::Inspect(config_.store_path, &found);
      },
      [&] {
        std::vector<DeadLetter> letters;
        Agent::InspectDeadLetters(config_, &letters);
      },
  });
}

// It is the worker that would not be woken.
TEST_F(CancelTest, ACallThatWakesTheWorkerHasDoneSo) {
  AllComeBack({
      [&] { agent_->Pause(); },
      [&] { agent_->SetNetworkState(NetworkState::kUnavailable); },
      [&] {
        EventOptions options;
        options.priority = Priority::kCritical;
        agent_->Track("tick", {}, options);
      },
  });
}

TEST_F(CancelTest, AnEventThatWaitsForTheDiskIsWaitedFor) {
  config_.durability = Durability::kImmediate;
  AllComeBack({[&] { agent_->Track("tick"); }});
}

TEST_F(CancelTest, APumpIsNotLeftHalfway) {
  config_.pump = true;
  AllComeBack({
      [&] { agent_->Pump(milliseconds(10)); },
      [&] { agent_->Persist(seconds(30)); },
  });
}

}  // namespace
}  // namespace embeddables::test
