// `doctor` as its tests read it: a verdict and words for each line.

#ifndef EMBEDDABLES_TESTS_E2E_DOCTOR_FIXTURE_H_
#define EMBEDDABLES_TESTS_E2E_DOCTOR_FIXTURE_H_

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/command_line.h"
#include "tests/support/process.h"
#include "tests/support/raw_server.h"
#include "tests/support/wait_for.h"

namespace embeddables::test {

class Doctor : public CommandLineTest {
 protected:
  struct Line {
    std::string verdict, what, next;
  };

  // Returns the exit code; *lines has each check by its name.
  int Examine(std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"doctor", "--json"});
    const int exit = Run(more);
    rapidjson::Document document;
    document.Parse(output_.c_str());
    EXPECT_TRUE(document.IsObject()) << output_;
    lines_.clear();
    if (!document.IsObject()) return exit;
    for (const auto& check : document["checks"].GetArray()) {
      lines_[check["check"].GetString()] = {check["verdict"].GetString(), check["what"].GetString(),
                                            check["next"].GetString()};
    }
    EXPECT_EQ(document["exit"].GetInt(), exit);
    return exit;
  }
  const std::string& Verdict(const std::string& name) { return lines_[name].verdict; }
  // It has this verdict, its words hold `what`, and where it is not well it says what to do.
  void Expect(const std::string& name, const std::string& verdict, const std::string& what) {
    EXPECT_EQ(Verdict(name), verdict) << name << " in " << output_;
    EXPECT_NE(lines_[name].what.find(what), std::string::npos) << name << " in " << output_;
    if (verdict == "fail" || verdict == "warn") {
      EXPECT_FALSE(lines_[name].next.empty()) << name << " in " << output_;
    }
  }
  void Answer(std::function<std::string(const std::string& request)> answer) {
    server_ = std::make_unique<RawServer>([answer](RawConnection* connection) {
      std::string request;
      while (connection->ReadRequest(&request) && connection->Send(answer(request))) continue;
    });
    PointAt(server_->url());
  }
  void MakeStore() { ASSERT_EQ(Run({"track", "door_opened", "--no-flush"}), 0) << output_; }
  std::unique_ptr<Process> StartService(const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"track", "--stdin", "--persist-interval", "0.1"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    auto service = Begin(arguments);
    EXPECT_TRUE(WaitFor([this] { return Run({"status"}) == 0 && !Said("no process"); })) << output_;
    return service;
  }

  std::map<std::string, Line> lines_;
  std::unique_ptr<RawServer> server_;
};

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_E2E_DOCTOR_FIXTURE_H_
