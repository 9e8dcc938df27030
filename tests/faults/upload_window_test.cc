// HTTP/2's flow control: a server that takes little at a time, or nothing, must not cost a core.

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

#include "tests/support/agent_fixture.h"
#include "tests/support/certificates.h"
#include "tests/support/delaying_proxy.h"
#include "tests/support/h2_server.h"
#include "tests/support/sanitizers.h"
#include "tests/support/thread_facts.h"

namespace embeddables::test {
namespace {

using Steady = std::chrono::steady_clock;

class UploadWindow : public AgentTest {
 protected:
  UploadWindow() : certificate_(authority_.Issue("IP:127.0.0.1")) {
    config_.ca_file = authority_.ca_file();
    config_.flush_interval = milliseconds(20);
    config_.persist_interval = milliseconds(10);
  }
  void TearDown() override {
    AgentTest::TearDown();
    agent_.reset();
  }
  void StartAgainst(int port) {
    config_.base_url = "https://127.0.0.1:" + std::to_string(port);
    Start();
    ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  }
  static constexpr int kEvents = 30, kBytes = 28'000;
  void TrackLarge(int count) {
    const std::string text(kBytes, 'x');
    for (int i = 0; i < count; ++i) {
      ASSERT_TRUE(agent_->Track("tick", {{"n", next_++}, {"text", text}}).ok());
    }
  }
  struct Sent {
    int ms = 0, cpu_ms = 0;
  };
  Sent SendThrough(int port) {
    DelayingProxy far(port, milliseconds(50));
    StartAgainst(far.port());
    const std::uint64_t delivered = ledger().delivered;
    TrackLarge(8);  // and what a connection costs
    EXPECT_TRUE(WaitForDelivered(delivered + 8));
    const auto since = Steady::now();
    const std::uint64_t before = CpuOfThread("embeddables");
    TrackLarge(kEvents);
    EXPECT_TRUE(WaitForDelivered(delivered + 8 + kEvents));
    Sent sent;
    sent.cpu_ms = static_cast<int>(CpuOfThread("embeddables") - before);
    const auto took = std::chrono::duration_cast<milliseconds>(Steady::now() - since);
    sent.ms = static_cast<int>(took.count());
    agent_.reset();  // before the proxy
    return sent;
  }
  static H2Server::Reply Confirm(int, int) { return H2Server::Reply::kConfirm; }

  Authority authority_;
  Certificate certificate_;
};

TEST_F(UploadWindow, ThatStaysShutCostsNoCore) {
  H2Server server(certificate_, Confirm, 0);
  StartAgainst(server.port());
  TrackLarge(8);
  ASSERT_TRUE(WaitFor([this] { return agent_->GetStats().in_flight == 8; }));
  const auto since = Steady::now();
  const std::uint64_t before = CpuOfThread("embeddables");
  ASSERT_TRUE(WaitFor([&] { return Steady::now() - since >= seconds(5); }));
  const std::uint64_t cpu_ms = CpuOfThread("embeddables") - before;
  const auto ms = std::chrono::duration_cast<milliseconds>(Steady::now() - since).count();
  std::printf("[figure] cpu_ms=%d of %d ms with an upload window of 0\n", static_cast<int>(cpu_ms),
              static_cast<int>(ms));
  EXPECT_GT(cpu_ms, 0u) << "the system counts it";
  // What sanitizers put in takes several times what there is.
  constexpr std::uint64_t kPercent = kAsan || kTsan ? 3 : 1;
  EXPECT_LT(cpu_ms * 100, static_cast<std::uint64_t>(ms) * kPercent);
}

// Node's default, at 100 ms there and back; and a window that is never full.
TEST_F(UploadWindow, OfTheDefaultSizeIsUsedAndCostsLittleMoreThanAWideOne) {
  H2Server server(certificate_, Confirm);
  const Sent narrow = SendThrough(server.port());
  H2Server open(certificate_, Confirm, 16 << 20);
  const Sent wide = SendThrough(open.port());
  std::printf(
      "[figure] events=%d ms=%d cpu_ms=%d with a window of 64 KiB; ms=%d cpu_ms=%d with 16 MiB\n",
      kEvents, narrow.ms, narrow.cpu_ms, wide.ms, wide.cpu_ms);
  EXPECT_LE(narrow.cpu_ms, 3 * wide.cpu_ms + 30);
  // It opens again when half of it was used: half a window there and back.
  EXPECT_LT(narrow.ms, kEvents * kBytes / (H2Server::kDefaultWindow / 2) * 100 * 5 / 4);
}

}  // namespace
}  // namespace embeddables::test
