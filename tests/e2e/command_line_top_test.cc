// `top` on a terminal: what a person sees, how it ends, and that the terminal is as it was.

#include <signal.h>

#include <cstddef>
#include <string>
#include <vector>

#include "tests/support/command_line.h"
#include "tests/support/inspecting.h"
#include "tests/support/terminal.h"
#include "tests/support/wait_for.h"

namespace embeddables::test {
namespace {

constexpr int kCursor = 25, kWraps = 7, kOtherScreen = 1049;

class CommandLineTop : public CommandLineTest {
 protected:
  CommandLineTop() { environment_["TERM"] = "xterm"; }
  void SetUp() override { ASSERT_EQ(Run({"track", "door_opened", "--no-flush"}), 0) << output_; }
  std::vector<std::string> Top() const { return {Binary("embeddables-agent"), "top"}; }
  static void ExpectAsBefore(const Terminal& terminal) {
    EXPECT_TRUE(terminal.cooked());
    EXPECT_TRUE(terminal.on(kCursor) && terminal.on(kWraps) && !terminal.on(kOtherScreen));
    EXPECT_FALSE(terminal.overflowed()) << terminal.screen();
  }
};

TEST_F(CommandLineTop, ShowsWhatHappensInTheStoreUntilQIsPressed) {
  Terminal terminal(Top(), environment_, 80, 24);
  ASSERT_TRUE(terminal.Shows("accepted              1")) << terminal.screen();
  EXPECT_TRUE(terminal.on(kOtherScreen) && !terminal.on(kCursor) && !terminal.cooked());
  for (const char* line :
       {"q ends", "delivered             0", "pending               1   the oldest",
        "sender     no process", "consent    unknown", "disk free", "PROCESS"}) {
    EXPECT_NE(terminal.screen().find(line), std::string::npos) << line << "\n" << terminal.screen();
  }
  ASSERT_EQ(Run({"track", "door_opened", "--no-flush"}), 0) << output_;
  EXPECT_TRUE(terminal.Shows("accepted              2")) << terminal.screen();
  EXPECT_TRUE(terminal.Shows("/s")) << terminal.screen();
  terminal.Type("q");
  EXPECT_EQ(terminal.Wait(), 0);
  ExpectAsBefore(terminal);
}

TEST_F(CommandLineTop, ControlCEndsItToo) {
  Terminal terminal(Top(), environment_, 80, 24);
  ASSERT_TRUE(terminal.Shows("accepted"));
  terminal.Type("x\x03");
  EXPECT_EQ(terminal.Wait(), 0);
  ExpectAsBefore(terminal);
}

TEST_F(CommandLineTop, ASignalEndsItWithTheTerminalAsItWas) {
  Terminal terminal(Top(), environment_, 80, 24);
  ASSERT_TRUE(terminal.Shows("accepted"));
  terminal.Signal(SIGTERM);
  EXPECT_EQ(terminal.Wait(), -SIGTERM);
  ExpectAsBefore(terminal);
}

TEST_F(CommandLineTop, FitsANarrowTerminalAndFollowsItsSize) {
  Terminal terminal(Top(), environment_, 20, 5);
  ASSERT_TRUE(terminal.Shows("accepted 1")) << terminal.screen();
  EXPECT_FALSE(terminal.overflowed()) << terminal.screen();
  terminal.Resize(100, 30);
  ASSERT_TRUE(terminal.Shows("STATE")) << terminal.screen();
  terminal.Resize(3, 1);
  ASSERT_TRUE(terminal.Shows("emb")) << terminal.screen();
  terminal.Forget();  // a frame for the old size may have been on its way
  const int frames = terminal.frames();
  ASSERT_TRUE(WaitFor([&] {
    terminal.Look();
    return terminal.frames() > frames;
  }));
  terminal.Type("q");
  EXPECT_EQ(terminal.Wait(), 0);
  ExpectAsBefore(terminal);
}

TEST_F(CommandLineTop, DrawsOverWhatIsThereAndNeverClears) {
  Terminal terminal(Top(), environment_, 80, 24);
  ASSERT_TRUE(WaitFor([&] {
    terminal.Look();
    return terminal.frames() >= 3;
  }));
  terminal.Type("q");
  EXPECT_EQ(terminal.Wait(), 0);
  EXPECT_EQ(terminal.output().find("\x1b[2J"), std::string::npos);
  // The screen's rest is cleared only behind the last line of a frame.
  std::size_t clears = 0;
  for (std::size_t at = 0; (at = terminal.output().find("\x1b[J", at)) != std::string::npos; ++at) {
    ++clears;
    EXPECT_EQ(terminal.output().compare(at + 3, 8, "\x1b[?2026l"), 0);
  }
  EXPECT_EQ(clears, static_cast<std::size_t>(terminal.frames()));
}

TEST_F(CommandLineTop, ShowsTheProcessesAndDisturbsNothing) {
  auto service = Begin({"track", "--stdin"});
  ASSERT_TRUE(WaitFor([this] { return Run({"status"}) == 0 && !Said("no process"); }));
  Terminal terminal(Top(), environment_, 80, 24);
  EXPECT_TRUE(terminal.Shows(std::to_string(service->id()) + " ")) << terminal.screen();
  service->CloseInput();
  service->Wait();
  EXPECT_TRUE(terminal.Shows("sender     no process")) << terminal.screen();
  const Tree before = TreeOf({directory_ / "store"});
  const int frames = terminal.frames();
  ASSERT_TRUE(WaitFor([&] {
    terminal.Look();
    return terminal.frames() >= frames + 2;
  }));
  ExpectSame(before, TreeOf({directory_ / "store"}));
}

TEST_F(CommandLineTop, WithoutATerminalItPrintsOnce) {
  EXPECT_EQ(Run({"top"}), 0);
  EXPECT_TRUE(Said("accepted              1\n")) << output_;
  EXPECT_FALSE(Said("\x1b")) << output_;
  Terminal terminal({Binary("embeddables-agent"), "top", "--once"}, environment_, 80, 24);
  EXPECT_EQ(terminal.Wait(), 0);
  EXPECT_NE(terminal.screen().find("accepted"), std::string::npos) << terminal.screen();
  EXPECT_EQ(terminal.output().find('\x1b'), std::string::npos);
  environment_["EMBEDDABLES_STORE"] = directory_ / "none";
  EXPECT_EQ(Run({"top"}), 5);
  EXPECT_TRUE(Said("there is no store at ")) << output_;
}

}  // namespace
}  // namespace embeddables::test
