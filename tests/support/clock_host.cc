#include "tests/support/clock_host.h"

#include <gtest/gtest.h>

#include <vector>

namespace embeddables::test {

ClockHost::ClockHost(const Environment& environment, const std::string& store,
                     const std::string& url, const std::string& ca_file) {
  std::vector<std::string> arguments = {Binary("clock_host"), store, url};
  if (!ca_file.empty()) arguments.push_back(ca_file);
  process_ = std::make_unique<Process>(arguments, environment);
  EXPECT_EQ(process_->ReadLine(), "ok");
}

std::string ClockHost::Say(const std::string& line) {
  EXPECT_TRUE(process_->Write(line + "\n"));
  return process_->ReadLine();
}

std::int64_t ClockHost::Stat(const std::string& name) {
  const std::string line = Say("stats");
  EXPECT_NE(line.find("balanced=1"), std::string::npos) << line;
  const std::size_t at = line.find(name + "=");
  EXPECT_NE(at, std::string::npos) << line;
  return std::stoll(line.substr(at + name.size() + 1));
}

std::string ClockHost::Waiting() {
  const std::string line = Say("stats");
  const std::size_t at = line.find("waiting=") + 8;
  return line.substr(at, line.find(' ', at) - at);
}

void ClockHost::Quit() {
  EXPECT_TRUE(process_->Write("quit\n"));
  EXPECT_EQ(process_->Wait(), 0);
}

}  // namespace embeddables::test
