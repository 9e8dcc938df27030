// `status` as its tests read it.

#ifndef EMBEDDABLES_TESTS_E2E_STATUS_FIXTURE_H_
#define EMBEDDABLES_TESTS_E2E_STATUS_FIXTURE_H_

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/collector.h"
#include "tests/support/process.h"
#include "tests/support/raw_server.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait_for.h"

namespace embeddables::test {

class StatusCommand : public testing::Test {
 protected:
  StatusCommand() {
    PointAt("http://127.0.0.1:" + std::to_string(FreePort()));
    std::filesystem::create_directory(directory_ / "store");
  }

  void PointAt(const std::string& url) {
    environment_ = {{"EMBEDDABLES_STORE", store_},
                    {"EMBEDDABLES_PROJECT", "pr_demo"},
                    {"EMBEDDABLES_EMBEDDABLE", "flow_demo"},
                    {"EMBEDDABLES_API_KEY", "rk_demo"},
                    {"EMBEDDABLES_IDENTIFIER", "email=a@b.c"},
                    {"EMBEDDABLES_BASE_URL", url}};
  }
  void Answer(const std::string& answer) {
    server_ = std::make_unique<RawServer>([answer](RawConnection* connection) {
      std::string request;
      while (connection->ReadRequest(&request) && connection->Send(answer)) continue;
    });
    PointAt(server_->url());
  }

  int Run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), Binary("embeddables-agent"));
    Process process(arguments, environment_, true);
    process.CloseInput();
    output_ = process.ReadAll();
    return process.Wait();
  }
  int Check(std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"status", "--check"});
    return Run(more);
  }
  std::unique_ptr<Process> StartService(const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {Binary("embeddables-agent"), "track", "--stdin"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return std::make_unique<Process>(arguments, environment_, true);
  }
  // A service may not have made its store yet.
  rapidjson::Document Json() {
    EXPECT_TRUE(WaitFor([&] { return Run({"status", "--json"}) == 0; })) << output_;
    rapidjson::Document document;
    document.Parse(output_.c_str());
    EXPECT_TRUE(document.IsObject()) << output_;
    return document;
  }
  bool Says(const std::string& words) const { return output_.find(words) != std::string::npos; }

  const TempDir directory_;
  const std::string store_ = directory_ / "store/events.db";
  Environment environment_;
  std::unique_ptr<RawServer> server_;
  std::string output_;
};

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_E2E_STATUS_FIXTURE_H_
