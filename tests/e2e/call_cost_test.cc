// What a call may take from its caller: little stack (fibers have little) and no allocation.

#include <ucontext.h>

#include <cstdio>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "tests/support/agent_fixture.h"
#include "tests/support/allocations.h"

namespace embeddables::test {
namespace {

// Runs a function on a painted stack of its own and tells how deep it went.
class PaintedStack {
 public:
  explicit PaintedStack(void (*run)()) {
    std::memset(stack_, kPaint, sizeof stack_);
    getcontext(&inside_);
    inside_.uc_stack.ss_sp = stack_;
    inside_.uc_stack.ss_size = sizeof stack_;
    inside_.uc_link = &outside_;
    makecontext(&inside_, run, 0);
    swapcontext(&outside_, &inside_);
  }
  std::size_t used() const {
    std::size_t untouched = 0;
    while (untouched < sizeof stack_ && stack_[untouched] == kPaint) ++untouched;
    return sizeof stack_ - untouched;
  }

 private:
  static constexpr unsigned char kPaint = 0xa5;
  alignas(64) unsigned char stack_[64 * 1024];
  ucontext_t inside_{}, outside_{};
};

using Call = Status (*)(std::string_view, std::initializer_list<Prop>, const EventOptions&);

Agent* tracker = nullptr;
volatile Call call = nullptr;
volatile bool tracked = false;

Status Nothing(std::string_view, std::initializer_list<Prop>, const EventOptions&) {
  return Status();
}
Status RealTrack(std::string_view name, std::initializer_list<Prop> props,
                 const EventOptions& options) {
  return tracker->Track(name, props, options);
}

void TrackFourProps() {
  EventOptions options;
  options.identifier = {"email", "a@b.c"};
  tracked =
      call("level_complete",
           {{"level", 3}, {"score", 1200}, {"time_ms", 61'500}, {"difficulty", "hard"}}, options)
          .ok();
}

void TrackRefused() { tracked = !call("level_complete", {{"level", 3}, {"level", 4}}, {}).ok(); }

void TrackRaw() {
  tracked = call("level_complete", {{"items", Raw(R"({"a":[1,{"b":null}]})")}}, {}).ok();
}

// What Track takes beyond a function of the same arguments that does nothing: those are the
// caller's own.
std::size_t StackOf(void (*run)()) {
  call = RealTrack;
  run();  // the dynamic linker's first look-ups take stack, too
  tracked = false;
  const PaintedStack full(run);
  EXPECT_TRUE(tracked);
  call = Nothing;
  const PaintedStack empty(run);
  return full.used() - empty.used();
}

using CallCost = AgentTest;

TEST_F(CallCost, TrackTakesLittleStack) {
  if (!kCountsAllocations) GTEST_SKIP() << "sanitizers make frames larger";
  Start();
  tracker = agent_.get();
  const std::size_t plain = StackOf(TrackFourProps), refused = StackOf(TrackRefused),
                    raw = StackOf(TrackRaw);
  std::printf("[figure] stack of Track: %zu bytes, refused %zu, raw JSON %zu\n", plain, refused,
              raw);
  EXPECT_LE(plain, 1024u);
  EXPECT_LE(refused, 1024u);
  EXPECT_LE(raw, 1024u);
}

TEST_F(CallCost, TrackAllocatesNothing) {
  if (!kCountsAllocations) GTEST_SKIP() << "sanitizers have allocators of their own";
  Start();
  tracker = agent_.get();
  call = RealTrack;
  std::size_t before = AllocationsOfThisThread();
  std::string probe(100, 'x');
  ASSERT_EQ(AllocationsOfThisThread(), before + 1) << "the count works: " << probe.size();
  before = AllocationsOfThisThread();
  for (int i = 0; i < 100; ++i) {
    TrackFourProps();
    TrackRefused();
  }
  EXPECT_EQ(AllocationsOfThisThread(), before);
}

}  // namespace
}  // namespace embeddables::test
