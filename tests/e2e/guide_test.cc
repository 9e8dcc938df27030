// What a new user does first: the commands of guides, line by line, and a build.

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/support/collector.h"
#include "tests/support/nginx.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace embeddables::test {
namespace {

std::string Guide(const std::string& name = "kiosk") {
  std::ifstream file(SourceFile("samples/guides/" + name + ".md"));
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string Section(const std::string& guide, const std::string& title) {
  const std::size_t begin = guide.find("## " + title + "\n");
  return begin == std::string::npos ? "" : guide.substr(begin, guide.find("\n## ", begin) - begin);
}

// The blocks of code in this language, one after the other.
std::vector<std::string> Blocks(const std::string& text, const std::string& language) {
  const std::string fence = "\n```" + language + "\n";
  std::vector<std::string> blocks;
  for (std::size_t at = text.find(fence); at != std::string::npos; at = text.find(fence, at)) {
    at += fence.size();
    blocks.push_back(text.substr(at, text.find("```\n", at) - at));
  }
  return blocks;
}

void Replace(std::string* text, const std::string& from, const std::string& to) {
  for (std::size_t at = text->find(from); at != std::string::npos; at = text->find(from, at)) {
    text->replace(at, from.size(), to);
    at += to.size();
  }
}

int Count(const std::string& text, const std::string& word) {
  int count = 0;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    ++count;
  }
  return count;
}

TEST(KioskGuide, EachCommandSucceedsWithTheCollectorThatItStarts) {
  const std::vector<std::string> blocks = Blocks(Section(Guide(), "From a shell"), "sh");
  ASSERT_GE(blocks.size(), 8u);
  EXPECT_NE(blocks[0].find("install"), std::string::npos)
      << "this build stands for the first block";
  const TempDir directory;
  std::string script = "set -e\nPATH=" + Binary("") + ":$PATH\n";
  for (std::size_t i = 1; i < blocks.size(); ++i) script += blocks[i];
  Replace(&script, "/tmp/kiosk-try", directory / "kiosk-try");
  Replace(&script, "8080", std::to_string(FreePort()));
  Process shell({"/bin/sh", "-c", script}, {}, true);
  const std::string said = shell.ReadAll();
  EXPECT_EQ(shell.Wait(), 0) << said;
  EXPECT_EQ(Count(said, " kiosk=\"17\" "), 3) << "what the collector printed\n" << said;
}

// All commands of a guide, with a folder and a port of the test's own.
std::string RunGuide(const std::string& name, int* exit_code) {
  const TempDir directory;
  std::string script = "set -e\n";
  for (const std::string& block : Blocks(Guide(name), "sh")) script += block;
  Replace(&script, "$PWD/build/release/bin:", Binary("") + ":");
  Replace(&script, "/tmp/" + name + "-try", directory / "try");
  Replace(&script, "8080", std::to_string(FreePort()));
  Process shell({"/bin/sh", "-c", script}, {}, true);
  const std::string said = shell.ReadAll();
  *exit_code = shell.Wait();
  return said;
}

TEST(PrivacyGuide, EachCommandShowsWhatItSays) {
  int exit_code = -1;
  const std::string said = RunGuide("privacy", &exit_code);
  EXPECT_EQ(exit_code, 0) << said;
  EXPECT_EQ(Count(said, R"("identifier":{"key":"email","value":"a@b.example"})"), 1) << said;
  EXPECT_EQ(Count(said, "events.db\n"), 2) << "listed, and found to hold the person\n" << said;
  EXPECT_EQ(Count(said, "purged: 0 in memory, 2 stored"), 1) << said;
  EXPECT_EQ(Count(said, "purged: 0 in memory, 1 stored"), 1) << said;
  EXPECT_EQ(Count(said, "exit code 3\n"), 1) << said;
}

TEST(UpgradeGuide, EachCommandShowsWhatItSays) {
  int exit_code = -1;
  const std::string said = RunGuide("upgrade", &exit_code);
  EXPECT_EQ(exit_code, 0) << said;
  EXPECT_EQ(Count(said, "0   0   0   3\n"), 1) << said;
  EXPECT_EQ(Count(said, "was written by a newer version of this library; update it"), 1) << said;
  EXPECT_EQ(Count(said, "exit code 5\n"), 1) << said;
  EXPECT_EQ(Count(said, "pending    1\n"), 2) << "before, and from the copy\n" << said;
}

// Until where it becomes real: with this build, and ports and a folder of the test's own.
TEST(RelayGuide, EachCommandShowsWhatItSays) {
  if (!Nginx::Installed()) GTEST_SKIP() << "needs nginx";
  const TempDir directory;
  const std::string relay = std::to_string(FreePort()), endpoint = std::to_string(FreePort());
  std::string script = "set -e\n";
  for (const std::string& block : Blocks(Section(Guide("relay"), "Try it"), "sh")) script += block;
  // So that a step that fails leaves nothing running.
  Replace(&script, "try=$(mktemp -d)\n",
          "try=$(mktemp -d)\n"
          "trap 'kill $(cat \"$try/nginx.pid\") $collector; rm -rf \"$try\"' EXIT\n");
  Replace(&script, "rm -rf \"$try\"\n", "trap - EXIT; rm -rf \"$try\"\n");
  Replace(&script, "build/release/bin/", Binary(""));
  Replace(&script, "samples/relay/", SourceFile("samples/relay/"));
  Replace(&script, "8443", relay);
  Replace(&script, "8081", endpoint);
  Replace(&script, "  # 6: refused, and kept", " || echo exit code $?");
  Process shell({"/bin/sh", "-c", script}, {{"TMPDIR", directory / ""}}, true);
  const std::string said = shell.ReadAll();
  EXPECT_EQ(shell.Wait(), 0) << said;
  EXPECT_EQ(Count(said, " kiosk-17 200 "), 1) << said;
  EXPECT_EQ(Count(said, "exit code 6\n"), 1) << said;
  EXPECT_EQ(Count(said, "delivered 1, rejected 0, pending 0\n"), 2) << said;
}

// The command line of the service, without what stands around it.
std::string ServiceCommand(const std::string& guide) {
  const std::string line = "ExecStart=/bin/sh -c '";
  const std::size_t begin = guide.find(line) + line.size();
  return guide.substr(begin, guide.find("'\n", begin) - begin);
}

TEST(KioskGuide, TheServiceStoresUntilSigtermAndTheTimerSends) {
  const std::string guide = Guide();
  const TempDir directory;
  Collector collector;
  std::ofstream(directory / "kiosk-events") << "#!/bin/sh\n"
                                               "echo '{\"name\":\"door_opened\"}'\n"
                                               "echo '{\"name\":\"sold\",\"critical\":true}'\n"
                                               "exec sleep 1000\n";
  std::string service = ServiceCommand(guide);
  Replace(&service, "/usr/local/bin/kiosk-events", "sh " + (directory / "kiosk-events"));
  Replace(&service, "/usr/local/bin/", Binary(""));
  const std::string agent = Binary("embeddables-agent");
  const Environment environment = {{"SERVICE", service},
                                   {"AGENT", agent},
                                   {"EMBEDDABLES_PROJECT", "pr_try"},
                                   {"EMBEDDABLES_EMBEDDABLE", "flow_try"},
                                   {"EMBEDDABLES_API_KEY", "rk_try"},
                                   {"EMBEDDABLES_STORE", directory / "events.db"},
                                   {"EMBEDDABLES_IDENTIFIER", "kiosk=17"},
                                   {"EMBEDDABLES_BASE_URL", collector.url()}};
  // As systemd does it: the signal goes to all processes of the service.
  const std::string script = R"(
    setsid /bin/sh -c "$SERVICE" &
    for try in $(seq 1000); do
      "$AGENT" status --json 2>&1 | grep -q '"pending":2' && break
      sleep 0.05
    done
    kill -TERM -$!
    wait $! || true
    "$AGENT" status --json)";
  std::string output;
  EXPECT_EQ(RunProcess({"/bin/sh", "-c", script}, environment, &output), 0);
  EXPECT_NE(output.find("\"pending\":2"), std::string::npos) << output;
  EXPECT_EQ(collector.CountReceived(), 0u);

  const std::string timer = "ExecStart=/usr/local/bin/embeddables-agent flush --timeout 60\n";
  ASSERT_NE(guide.find(timer), std::string::npos);
  EXPECT_EQ(RunProcess({agent, "flush", "--timeout", "60"}, environment), 0);
  EXPECT_EQ(collector.CountReceived(), 2u);
}

// Without it the first thing that a new user sees is a 404.
TEST(Guides, EachSaysThatThePersonMustHaveAnEntryAndWhat404Means) {
  for (const char* name : {"game", "desktop", "kiosk", "web", "relay", "mobile"}) {
    const std::string guide = Guide(name);
    EXPECT_GE(Count(guide, "already has an entry") + Count(guide, "already have an entry"), 1)
        << name;
    EXPECT_GE(Count(guide, " 404"), 1) << name;
    EXPECT_GE(Count(guide, "(what-happens-when.md)"), 1) << name;
  }
}

// The builds of samples/demo.sh and tests/run.sh, here a few lines of Ninja's.
std::string ShownProgress(const std::string& build, int* exit_code, bool terminal = false) {
  const std::string command = SourceFile(".ci/progress.sh") + " sh -c '" + build + "'";
  Process process(terminal ? std::vector<std::string>{"script", "-qec", command, "/dev/null"}
                           : std::vector<std::string>{"/bin/sh", "-c", command},
                  {}, true);
  process.CloseInput();
  const std::string shown = process.ReadAll();
  *exit_code = process.Wait();
  return shown;
}

const char kFiftySteps[] =
    "echo \"[0/2] Re-checking globbed directories...\"; for i in $(seq 50); do"
    " echo \"[$i/50] Building CXX object some/folder/file_$i.cc.o\"; done";

TEST(BuildProgress, IsALineForEachTenthWithoutATerminal) {
  int exit_code = -1;
  const std::string shown = ShownProgress(kFiftySteps, &exit_code);
  EXPECT_EQ(exit_code, 0);
  EXPECT_EQ(Count(shown, "\n"), 10) << shown;
  EXPECT_EQ(Count(shown, "building: 5 of 50\n"), 1) << shown;
  EXPECT_EQ(Count(shown, "building: 50 of 50\n"), 1) << shown;
  EXPECT_EQ(ShownProgress("echo \"ninja: no work to do.\"", &exit_code), "");
}

TEST(BuildProgress, IsOneLineOnATerminal) {
  int exit_code = -1;
  const std::string shown = ShownProgress(kFiftySteps, &exit_code, true);
  EXPECT_EQ(exit_code, 0);
  EXPECT_EQ(Count(shown, "\n"), 0) << shown;
  EXPECT_EQ(Count(shown, "\rbuilding") + Count(shown, "\r\033[Kbuilding"), 50) << shown;
}

TEST(BuildProgress, HidesNoErrorAndNoExitCode) {
  int exit_code = -1;
  const std::string shown =
      ShownProgress("echo \"[1/9] Building a.cc.o\"; echo wrong >&2; exit 3", &exit_code);
  EXPECT_EQ(exit_code, 3);
  EXPECT_NE(shown.find("wrong\n"), std::string::npos) << shown;
}

}  // namespace
}  // namespace embeddables::test
