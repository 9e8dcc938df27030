// Hosts in other languages, each a real process with the shared library, against the collector.

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "tests/support/collector.h"
#include "tests/support/process.h"
#include "tests/support/sanitizers.h"
#include "tests/support/temp_dir.h"

namespace embeddables::test {
namespace {

constexpr int kEvents = 100;  // a batch, so that nobody waits for more

bool Installed(const std::string& program) {
  return RunProcess({"sh", "-c", "command -v " + program + " >/dev/null"}) == 0;
}

class HostsTest : public testing::Test {
 protected:
  // Its arguments and the store, the URL and the number of events.
  void Delivers(std::vector<std::string> host, const std::string& language,
                const Environment& environment = {}) {
    const std::string store = directory_ / "events.db";
    host.insert(host.end(), {store, collector_.url(), std::to_string(kEvents)});
    std::string output;
    ASSERT_EQ(RunProcess(host, environment, &output), 0) << output;
    EXPECT_EQ(output, "delivered " + std::to_string(kEvents) + "\n");
    std::set<std::int64_t> numbers;
    for (const ReceivedEvent& event : collector_.Received()) {
      numbers.insert(event.number);
      EXPECT_NE(event.props.find("\"language\":\"" + language + " ä\""), std::string::npos)
          << event.props;
      EXPECT_EQ(event.identifier_value, "\"a@b.c\"");
    }
    EXPECT_EQ(numbers.size(), std::size_t{kEvents});
  }

  const std::string library_ = Binary("libembeddables_c_shared.so");
  const std::string header_ = SourceFile("include/embeddables/agent_c.h");
  Collector collector_;
  TempDir directory_;
};

TEST_F(HostsTest, C99) { Delivers({Binary("host_c99")}, "C99"); }

TEST_F(HostsTest, CppWithoutExceptionsAndRtti) { Delivers({Binary("no_exceptions_host")}, "C++"); }

TEST_F(HostsTest, PythonCtypes) {
  if (kAsan || kTsan) GTEST_SKIP() << "the interpreter has no sanitizer";
  if (!Installed("python3")) GTEST_SKIP() << "python3 is not installed";
  Delivers({"python3", SourceFile("tests/hosts/host.py"), library_, header_}, "Python");
}

TEST_F(HostsTest, PythonSample) {
  if (kAsan || kTsan) GTEST_SKIP() << "the interpreter has no sanitizer";
  if (!Installed("python3")) GTEST_SKIP() << "python3 is not installed";
  const Environment clean = {{"PYTHONDONTWRITEBYTECODE", "1"}};
  Delivers({"python3", SourceFile("samples/python/example.py"), library_}, "Python", clean);
  // Its stubs name what it has.
  const std::string compare = R"(
import ast, sys
sys.path.insert(0, sys.argv[1])
def names(path):
    tree = ast.parse(open(path, encoding="utf-8").read())
    agent = next(each for each in tree.body if getattr(each, "name", "") == "Agent")
    return {(each.name, tuple(a.arg for a in each.args.args)) for each in agent.body
            if isinstance(each, ast.FunctionDef) and each.name != "_call" and each.name != "__exit__"}
own, stub = (names(sys.argv[1] + "/embeddables" + end) for end in (".py", ".pyi"))
print(sorted(own ^ stub), len(own))
)";
  std::string output;
  RunProcess({"python3", "-c", compare, SourceFile("samples/python")}, clean, &output);
  EXPECT_EQ(output, "[] 10\n");
}

TEST_F(HostsTest, PythonSampleShowsItsRequestsIfAskedTo) {
  if (kAsan || kTsan) GTEST_SKIP() << "the interpreter has no sanitizer";
  if (!Installed("python3")) GTEST_SKIP() << "python3 is not installed";
  std::string output;
  const std::string command = "python3 " + SourceFile("samples/python/example.py") + " " +
                              library_ + " " + directory_ / "events.db" + " " + collector_.url() +
                              " 1 2>&1";
  ASSERT_EQ(RunProcess({"sh", "-c", command},
                       {{"PYTHONDONTWRITEBYTECODE", "1"}, {"EMBEDDABLES_DEBUG", "1"}}, &output),
            0)
      << output;
  EXPECT_NE(output.find("request: "), std::string::npos) << output;
  EXPECT_EQ(output.find("rk_demo"), std::string::npos) << output;
}

TEST_F(HostsTest, LuaJitFfi) {
  if (kAsan || kTsan) GTEST_SKIP() << "the interpreter has no sanitizer";
  if (!Installed("luajit")) GTEST_SKIP() << "luajit is not installed";
  Delivers({"luajit", SourceFile("tests/hosts/host.lua"), library_, header_}, "Lua");
}

TEST_F(HostsTest, MonoPInvoke) {
  if (kAsan || kTsan) GTEST_SKIP() << "the interpreter has no sanitizer";
  if (!Installed("mcs") || !Installed("mono")) GTEST_SKIP() << "mono-mcs is not installed";
  const std::string program = directory_ / "host.exe";
  std::string output;
  ASSERT_EQ(
      RunProcess({"mcs", "-warnaserror", "-out:" + program, SourceFile("tests/hosts/host.cs")}, {},
                 &output),
      0)
      << output;
  ASSERT_EQ(symlink(library_.c_str(), (directory_ / "libembeddables.so").c_str()), 0);
  Delivers({"mono", program}, "C#", {{"LD_LIBRARY_PATH", directory_.path()}});
}

TEST_F(HostsTest, TwoCopiesInOneProcessNeverShareAStore) {
  if (kAsan || kTsan) GTEST_SKIP() << "sanitizers keep libraries loaded";
  std::string output;
  EXPECT_EQ(RunProcess({Binary("two_copies_host"), library_, directory_ / "events.db",
                        directory_ / "other.db", collector_.url()},
                       {}, &output),
            0)
      << output;
  // In each of two rounds: four agents one after the other on one store, two beside each other, and
  // the parent of a child.
  EXPECT_EQ(collector_.CountReceived(), 2u * 7 * 10);
}

// Where neither /proc nor memfd_create is to be had.
TEST_F(HostsTest, TwoCopiesAreToldApartInASandbox) {
  if (kAsan || kTsan) GTEST_SKIP() << "sanitizers keep libraries loaded";
  if (RunProcess({"unshare", "--mount", "true"}) != 0) GTEST_SKIP() << "needs root, for mounts";
  std::string output;
  EXPECT_EQ(RunProcess({"unshare", "--mount", "sh", "-c",
                        R"(mount -t tmpfs none /proc && exec "$0" "$@" sandbox)",
                        Binary("two_copies_host"), library_, directory_ / "events.db",
                        directory_ / "other.db", collector_.url()},
                       {}, &output),
            0)
      << output;
  EXPECT_EQ(collector_.CountReceived(), 2u * 7 * 10);
}

std::string OutputOf(const std::string& command) {
  std::string output;
  EXPECT_EQ(RunProcess({"sh", "-c", command}, {}, &output), 0) << output;
  return output;
}

// No name of what is linked into the library, and none that another copy of it could share.
TEST(SharedLibrary, ShowsItsApiAndNothingElse) {
  const std::string names = "nm -D --defined-only " + Binary("libembeddables_c_shared.so");
  EXPECT_EQ(OutputOf(names + " -C | cut -d' ' -f3- | grep -v '^emb_[a-z_]*$' |"
                             " grep -vE '^embeddables::(Agent|Status|PropList|Ledger|Name)\\b' |"
                             " cat"),
            "");
  const std::string shown = OutputOf(names + " | sed -n 's/.* T emb_/emb_/p' | sort");
  EXPECT_NE(shown.find("emb_start\n"), std::string::npos) << shown;
  EXPECT_EQ(shown, OutputOf("sed -nE 's/^EMB_API .*\\b(emb_[a-z_]+)\\(.*/\\1/p' " +
                            SourceFile("include/embeddables/agent_c.h") + " | sort"));
}

}  // namespace
}  // namespace embeddables::test
