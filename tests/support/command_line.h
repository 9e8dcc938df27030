// The command line as a process, on a store and against an endpoint of the test's own.

#ifndef EMBEDDABLES_TESTS_SUPPORT_COMMAND_LINE_H_
#define EMBEDDABLES_TESTS_SUPPORT_COMMAND_LINE_H_

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/collector.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace embeddables::test {

class CommandLineTest : public testing::Test {
 protected:
  CommandLineTest() { PointAt("http://127.0.0.1:" + std::to_string(FreePort())); }

  void PointAt(const std::string& url) {
    environment_["EMBEDDABLES_STORE"] = store_;
    environment_["EMBEDDABLES_PROJECT"] = "pr_demo";
    environment_["EMBEDDABLES_EMBEDDABLE"] = "flow_demo";
    environment_["EMBEDDABLES_API_KEY"] = "rk_demokey";
    environment_["EMBEDDABLES_IDENTIFIER"] = "email=person@here.example";
    environment_["EMBEDDABLES_BASE_URL"] = url;
  }

  // Both streams go to output_.
  int Run(std::vector<std::string> arguments) {
    const auto process = Begin(std::move(arguments));
    process->CloseInput();
    output_ = process->ReadAll();
    return process->Wait();
  }
  std::unique_ptr<Process> Begin(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), Binary("embeddables-agent"));
    return std::make_unique<Process>(arguments, environment_, true);
  }
  // True if `text` is part of the output.
  bool Said(const std::string& text) const { return output_.find(text) != std::string::npos; }

  // Lines of JSON for --stdin, with the prop n.
  static std::string Lines(int from, int to) {
    std::string lines;
    for (int n = from; n < to; ++n) {
      lines += R"({"name":"tick","props":{"n":)" + std::to_string(n) + "}}\n";
    }
    return lines;
  }

  TempDir directory_;
  std::string store_ = directory_ / "store/events.db";
  Environment environment_;
  std::string output_;
};

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_SUPPORT_COMMAND_LINE_H_
