// A DLL that has an agent in it is loaded and unloaded, as an editor does with its plug-ins.

#include <gtest/gtest.h>
#include <windows.h>

#include <cstdint>
#include <filesystem>
#include <string>

#include "tests/support/agent_fixture.h"
#include "tests/support/process.h"

namespace embeddables::test {
namespace {

template <class Function>
Function FunctionOf(HMODULE library, const char* name) {
  return reinterpret_cast<Function>(reinterpret_cast<void*>(GetProcAddress(library, name)));
}

HMODULE Load(const std::string& name) {
  return LoadLibraryW(std::filesystem::u8path(Binary(name)).wstring().c_str());
}

TEST_F(AgentTest, ADllIsLoadedAndUnloadedAHundredTimesWhileItTracks) {
  Collector collector;
  std::uint64_t accepted = 0;
  for (int round = 0; round < 100; ++round) {
    const HMODULE plugin = Load("plugin.dll");
    ASSERT_NE(plugin, nullptr) << GetLastError();
    const auto run = FunctionOf<int (*)(const char*, const char*)>(plugin, "RunAgent");
    ASSERT_NE(run, nullptr);
    const int tracked = run(config_.store_path.c_str(), collector.url().c_str());
    ASSERT_GT(tracked, 0) << "round " << round;
    accepted += static_cast<std::uint64_t>(tracked);
    ASSERT_NE(FreeLibrary(plugin), 0);
    ASSERT_EQ(GetModuleHandleW(L"plugin.dll"), nullptr) << "it is still loaded, round " << round;
  }
  config_.base_url = collector.url();
  Start();
  EXPECT_TRUE(WaitFor([&] { return ledger().pending == 0; }));
  EXPECT_EQ(ledger().accepted, accepted);
  EXPECT_EQ(collector.CountReceived(), accepted);
}

TEST_F(AgentTest, AnAgentThatNobodyHasEndedKeepsItsDll) {
  Collector collector;
  const HMODULE plugin = Load("plugin.dll");
  ASSERT_NE(plugin, nullptr) << GetLastError();
  const auto leave = FunctionOf<int (*)(const char*, const char*, int)>(plugin, "LeaveAgent");
  ASSERT_NE(leave, nullptr);
  EXPECT_EQ(leave(config_.store_path.c_str(), collector.url().c_str(), 20), 20);
  ASSERT_NE(FreeLibrary(plugin), 0);
  EXPECT_EQ(GetModuleHandleW(L"plugin.dll"), plugin) << "its thread runs there";
  EXPECT_TRUE(WaitFor([&] { return collector.CountReceived() == 20; }));

  ASSERT_EQ(Load("plugin.dll"), plugin);
  const auto end = FunctionOf<int (*)()>(plugin, "EndAgent");
  ASSERT_NE(end, nullptr);
  EXPECT_EQ(end(), 0);
  ASSERT_NE(FreeLibrary(plugin), 0);
  EXPECT_EQ(GetModuleHandleW(L"plugin.dll"), nullptr);
}

// For tests/windows.sh, which has a network whose name server never answers. The thread that asks
// it comes back into the DLL's code.
TEST_F(AgentTest, DISABLED_ALookUpThatHangsKeepsItsDll) {
  const HMODULE plugin = Load("plugin.dll");
  ASSERT_NE(plugin, nullptr) << GetLastError();
  const auto end = FunctionOf<int (*)(const char*, const char*)>(plugin, "EndWhileItSends");
  ASSERT_NE(end, nullptr);
  EXPECT_EQ(end(config_.store_path.c_str(), "https://events.example.org"), 0);
  ASSERT_NE(FreeLibrary(plugin), 0);
  EXPECT_EQ(GetModuleHandleW(L"plugin.dll"), plugin);
}

// The system ends all threads, and then tells the DLL, under the loader's lock.
TEST_F(AgentTest, AProcessThatLeavesAnAgentInADllEnds) {
  const std::string nobody = "http://127.0.0.1:" + std::to_string(FreePort());
  Process host({Binary("plugin_host"), Binary("plugin.dll"), config_.store_path, nobody}, {}, true);
  host.CloseInput();
  EXPECT_EQ(host.ReadAll(), "accepted 20");
  EXPECT_EQ(host.Wait(), 0);
  Collector collector;
  config_.base_url = collector.url();
  Start();
  EXPECT_TRUE(WaitFor([&] { return collector.CountReceived() == 20; }));
}

TEST(DllTest, TheCInterfaceIsThere) {
  const HMODULE library = Load("embeddables-agent.dll");
  ASSERT_NE(library, nullptr) << GetLastError();
  const auto version = FunctionOf<const char* (*)()>(library, "emb_version");
  ASSERT_NE(version, nullptr);
  EXPECT_STREQ(version(), kVersion);
  EXPECT_NE(FreeLibrary(library), 0);
}

}  // namespace
}  // namespace embeddables::test
