// The command line on this system: names in any script, and Ctrl-C.

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>

#include "platform/system_windows.h"
#include "tests/support/collector.h"
#include "tests/support/command_line.h"
#include "tests/support/process.h"
#include "tests/support/wait_for.h"

namespace embeddables::test {
namespace {

TEST_F(CommandLineTest, ArgumentsVariablesPathsAndOutputAreUtf8) {
  environment_["EMBEDDABLES_STORE"] = directory_ / "Пользователь 用户/события.db";
  EXPECT_EQ(Run({"status"}), 5);
  EXPECT_TRUE(Said("Пользователь 用户/события.db")) << output_;
  ASSERT_EQ(Run({"track", "x", "--prop", "имя=日本語", "--no-flush"}), 0) << output_;
  Collector collector;
  PointAt(collector.url());
  environment_["EMBEDDABLES_STORE"] = directory_ / "Пользователь 用户/события.db";
  ASSERT_EQ(Run({"flush"}), 0) << output_;
  ASSERT_EQ(collector.CountReceived(), 1u);
  EXPECT_NE(collector.ReceivedText().find("\"имя\":\"日本語\""), std::string::npos);
}

TEST_F(CommandLineTest, AStoreMayLieAtALongPath) {
  const std::string folder = directory_ / std::string(200, 'p') + "/" + std::string(200, 'q');
  Collector collector;
  PointAt(collector.url());
  environment_["EMBEDDABLES_STORE"] = folder + "/events.db";
  ASSERT_EQ(Run({"track", "x", "--no-flush"}), 0) << output_;
  EXPECT_EQ(Run({"status"}), 0) << output_;
  ASSERT_EQ(Run({"flush"}), 0) << output_;
  EXPECT_EQ(collector.CountReceived(), 1u);
}

TEST_F(CommandLineTest, AProfileMayHaveANameInAnyScript) {
  const std::string profile = directory_ / "Профиль 用户/" + std::string(200, 'p');
  std::filesystem::create_directories(std::filesystem::u8path(profile));
  environment_.erase("EMBEDDABLES_STORE");
  environment_["LOCALAPPDATA"] = profile;
  ASSERT_EQ(Run({"track", "x", "--no-flush"}), 0) << output_;
  ASSERT_EQ(Run({"status", "--json"}), 0) << output_;
  EXPECT_TRUE(Said("\"pending\":1")) << output_;
  EXPECT_TRUE(std::filesystem::exists(std::filesystem::u8path(profile + "/embeddables-agent")));
}

TEST_F(CommandLineTest, TheUsersConfigurationIsOverTheMachines) {
  const auto configure = [this](const char* variable, const std::string& store) {
    const std::string folder = directory_ / variable;
    std::filesystem::create_directories(folder + "/embeddables");
    std::ofstream(folder + "/embeddables/agent.conf") << "store = " << directory_ / store << "\r\n";
    environment_[variable] = folder;
  };
  environment_.erase("EMBEDDABLES_STORE");
  configure("ProgramData", "machine.db");
  ASSERT_EQ(Run({"track", "x", "--no-flush"}), 0) << output_;
  EXPECT_TRUE(std::filesystem::exists(directory_ / "machine.db"));
  configure("APPDATA", "user.db");
  ASSERT_EQ(Run({"track", "x", "--no-flush"}), 0) << output_;
  EXPECT_TRUE(std::filesystem::exists(directory_ / "user.db"));
  EXPECT_EQ(Run({"track", "--help"}), 0);
  EXPECT_TRUE(Said("%ProgramData%") && !Said("/etc/")) << output_;
}

// In a console that nobody sees, with its input in the test's hands.
class TypedTest : public CommandLineTest {
 protected:
  ~TypedTest() override {
    if (made_.hProcess == nullptr) return;
    TerminateProcess(made_.hProcess, 1);
    CloseHandle(made_.hProcess);
    CloseHandle(made_.hThread);
  }

  bool BeginInConsole(const std::string& arguments) {
    for (const auto& [name, value] : environment_) {
      SetEnvironmentVariableW(WideText(name).c_str(), WideText(value).c_str());
    }
    STARTUPINFOW start{};
    start.cb = sizeof start;
    std::wstring line = WideText("\"" + Binary("embeddables-agent") + "\" " + arguments);
    const BOOL made = CreateProcessW(nullptr, line.data(), nullptr, nullptr, FALSE,
                                     CREATE_NO_WINDOW, nullptr, nullptr, &start, &made_);
    for (const auto& [name, value] : environment_) {
      SetEnvironmentVariableW(WideText(name).c_str(), nullptr);
    }
    if (made == 0) return false;
    FreeConsole();
    return WaitFor([this] { return AttachConsole(made_.dwProcessId) != 0; });
  }

  static void Type(const std::wstring& text) {
    const HANDLE console =
        CreateFileW(L"CONIN$", GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE,
                    nullptr, OPEN_EXISTING, 0, nullptr);
    ASSERT_NE(console, INVALID_HANDLE_VALUE);
    for (const wchar_t letter : text) {
      INPUT_RECORD key{};
      key.EventType = KEY_EVENT;
      key.Event.KeyEvent.bKeyDown = TRUE;
      key.Event.KeyEvent.wRepeatCount = 1;
      key.Event.KeyEvent.wVirtualKeyCode = letter == L'\r' ? VK_RETURN : 0;
      key.Event.KeyEvent.uChar.UnicodeChar = letter;
      DWORD written = 0;
      EXPECT_NE(WriteConsoleInputW(console, &key, 1, &written), 0);
    }
    CloseHandle(console);
  }

  int Exit() {
    DWORD code = 0;
    EXPECT_EQ(WaitForSingleObject(made_.hProcess, 60'000), WAIT_OBJECT_0);
    GetExitCodeProcess(made_.hProcess, &code);
    return static_cast<int>(code);
  }

  PROCESS_INFORMATION made_{};
};

TEST_F(TypedTest, WhatIsTypedMayBeInAnyScript) {
  Collector collector;
  PointAt(collector.url());
  ASSERT_TRUE(BeginInConsole("track --stdin --timeout 60"));
  Type(L"{\"name\":\"x\",\"props\":{\"имя\":\"日本語\"}}\r\x1A\r");
  EXPECT_EQ(Exit(), 0);
  ASSERT_EQ(collector.CountReceived(), 1u);
  EXPECT_NE(collector.ReceivedText().find("\"имя\":\"日本語\""), std::string::npos);
}

TEST_F(CommandLineTest, TheDoctorLooksAtAllItCan) {
  Collector collector;
  PointAt(collector.url());
  ASSERT_EQ(Run({"track", "x"}), 0) << output_;
  EXPECT_EQ(Run({"doctor"}), 0) << output_;
  for (const char* each : {"server", "key", "clock", "disk", "fsync", "store", "memory"}) {
    EXPECT_TRUE(Said(each)) << each << ": " << output_;
  }
}

TEST_F(CommandLineTest, ControlCEndsTheCollectorInOrder) {
  Process collector({Binary("embeddables-collector"), "--port", "0"}, {});
  ASSERT_EQ(collector.ReadLine().rfind("listening on ", 0), 0u);
  collector.Signal(SIGINT);
  collector.ReadAll();
  EXPECT_EQ(collector.Wait(), 0);
}

TEST_F(CommandLineTest, ControlCKeepsWhatWasTracked) {
  Process tracking({Binary("embeddables-agent"), "track", "--stdin", "--ack"}, environment_);
  ASSERT_TRUE(tracking.Write(Lines(0, 250)));
  ASSERT_EQ(tracking.ReadLine(), "stored 100");
  tracking.Signal(SIGINT);
  tracking.ReadAll();
  EXPECT_EQ(static_cast<unsigned>(tracking.Wait()), 0xC000013Au);
  ASSERT_EQ(Run({"status", "--json"}), 0) << output_;
  EXPECT_TRUE(Said("\"pending\":250")) << output_;
}

}  // namespace
}  // namespace embeddables::test
