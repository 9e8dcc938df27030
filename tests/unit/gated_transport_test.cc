#include "agent/send/gated_transport.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace embeddables {
namespace {

class Recording : public Transport {
 public:
  explicit Recording(std::vector<std::string>* calls) : calls_(calls) {}
  bool Begin(std::uint64_t, const Request&, bool) override { return Note("Begin"); }
  void Push() override { Note("Push"); }
  void TakeCompleted(std::vector<Completion>*) override { Note("TakeCompleted"); }
  bool Wait(std::chrono::milliseconds, const std::vector<Waitable>&) override {
    return Note("Wait");
  }
  void CancelAll() override { Note("CancelAll"); }
  void CancelUnsent(std::vector<std::uint64_t>*) override { Note("CancelUnsent"); }
  void Renew() override { Note("Renew"); }
  std::size_t in_flight() const override { return 7; }
  TransportCounters counters() const override { return {5, 3}; }

 private:
  bool Note(const char* call) {
    calls_->push_back(call);
    return true;
  }
  std::vector<std::string>* calls_;
};

// Calls that the interface has a default for are as easily forgotten as others are not.
TEST(GatedTransport, PassesEachCallOn) {
  std::vector<std::string> calls;
  StepGate gate;
  GatedTransport gated(std::make_unique<Recording>(&calls), &gate);
  std::vector<Completion> completed;
  std::vector<std::uint64_t> tags;
  EXPECT_TRUE(gated.Begin(1, {}, false));
  gated.Push();
  gated.TakeCompleted(&completed);
  EXPECT_TRUE(gated.Wait(std::chrono::milliseconds(0), {}));
  gated.CancelAll();
  gated.CancelUnsent(&tags);
  gated.Renew();
  const std::vector<std::string> all = {"Begin",     "Push",         "TakeCompleted", "Wait",
                                        "CancelAll", "CancelUnsent", "Renew"};
  EXPECT_EQ(calls, all);
  EXPECT_EQ(gated.in_flight(), 7u);
  EXPECT_EQ(gated.counters().requests, 5u);
  EXPECT_EQ(gated.counters().connections, 3u);
}

}  // namespace
}  // namespace embeddables
