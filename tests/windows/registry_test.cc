// The registry of a process's agents, and its mark for other copies of the library.

#include <gtest/gtest.h>

#include <string>

#include "platform/process_registry.h"
#include "platform/system_windows.h"

namespace embeddables {
namespace {

class Member final : public ProcessMember {
  void BeginExit(SteadyTime) override {}
  void AwaitExit(SteadyTime) override {}
  bool Rest(SteadyTime) override { return true; }
  void Continue() override {}
  void CloseInherited() override {}
};

TEST(RegistryOfWindows, GivesAFileToOneAgent) {
  Member first, second;
  ASSERT_EQ(first.Join(), ProcessMember::Entry::kIn);
  ASSERT_EQ(second.Join(), ProcessMember::Entry::kIn);
  const FileId file{7, 8};
  EXPECT_TRUE(first.ClaimFile(file, true));
  EXPECT_FALSE(second.ClaimFile(file, true));
  EXPECT_FALSE(AnotherCopyHas(file));
  first.EndClaim();
  EXPECT_TRUE(second.ClaimFile(file, true));
  second.EndClaim();
  // Another copy of the library would have made this.
  const std::wstring name =
      L"Local\\embeddables-agent:" + std::to_wstring(GetCurrentProcessId()) + L":7:8";
  const HANDLE mark = CreateEventW(nullptr, TRUE, FALSE, name.c_str());
  EXPECT_TRUE(AnotherCopyHas(file));
  EXPECT_FALSE(first.ClaimFile(file, true));
  CloseHandle(mark);
  EXPECT_TRUE(first.ClaimFile(file, true));
  first.Leave();
  second.Leave();
}

}  // namespace
}  // namespace embeddables
