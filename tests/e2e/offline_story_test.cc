// The main job through the command line, with SIGKILL in it.

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/command_line.h"
#include "tests/support/wait_for.h"

namespace embeddables::test {
namespace {

class CommandLine : public CommandLineTest {
 protected:
  rapidjson::Document StoreStatus() {
    EXPECT_EQ(Run({"status", "--json"}), 0) << output_;
    rapidjson::Document document;
    document.Parse(output_.c_str());
    EXPECT_TRUE(document.IsObject()) << output_;
    EXPECT_TRUE(document["balanced"].GetBool());
    return document;
  }

  // Starts `track --stdin`, which reads lines until its end.
  std::unique_ptr<Process> StartTracking(const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {Binary("embeddables-agent"), "track", "--stdin", "--ack"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return std::make_unique<Process>(arguments, environment_);
  }
};

TEST_F(CommandLine, TenThousandEventsAndTwoKillsEachArrives) {
  constexpr int kEvents = 10'000;
  // The endpoint is down. The first kill comes at some moment of the tracking; the second while
  // the rest is being tracked; a third, for good measure, in the middle of the delivery.
  int tracked = 0;
  for (const int kill_after : {3'000, 7'000}) {
    auto tracking = StartTracking();
    ASSERT_TRUE(tracking->Write(Lines(tracked, kEvents).substr(0, 60'000)));
    std::string line;
    while (line != "stored " + std::to_string((kill_after - tracked) / 100 * 100 % 1'000 + 500)) {
      line = tracking->ReadLine();
      ASSERT_FALSE(line.empty());
    }
    tracking->Kill();
    EXPECT_EQ(tracking->Wait(), -9);
    // What was accepted is what was stored, in order: the next line to track follows from it.
    const auto accepted = static_cast<int>(StoreStatus()["accepted"].GetUint64());
    ASSERT_GE(accepted, tracked + 500);
    tracked = accepted;
  }
  auto rest = StartTracking({"--no-flush"});
  ASSERT_TRUE(rest->Write(Lines(tracked, kEvents)));
  rest->CloseInput();
  rest->ReadAll();
  ASSERT_EQ(rest->Wait(), 0);
  EXPECT_EQ(StoreStatus()["pending"].GetUint64(), static_cast<std::uint64_t>(kEvents));

  Collector collector;
  PointAt(collector.url());
  collector.SetFaults(R"({"latency_ms":2})");
  {
    Process flush({Binary("embeddables-agent"), "flush", "--timeout", "600"}, environment_);
    ASSERT_TRUE(WaitFor([&] { return collector.CountReceived() > 1'000; }));
    flush.Kill();
    EXPECT_EQ(flush.Wait(), -9);
  }
  collector.SetFaults("{}");
  ASSERT_EQ(Run({"flush", "--timeout", "600"}), 0) << output_;

  std::map<std::int64_t, std::set<std::string>> ids;
  std::uint64_t arrived = 0;
  for (const ReceivedEvent& event : collector.Received()) {
    ids[event.number].insert(event.event_id);
    ++arrived;
  }
  EXPECT_EQ(ids.size(), static_cast<std::size_t>(kEvents)) << "each is delivered";
  for (const auto& each : ids) EXPECT_EQ(each.second.size(), 1u) << "tracked once: " << each.first;
  // In flight at the kill: at most the window, and as many answers not yet settled.
  EXPECT_LE(arrived - kEvents, 16u);
  const auto status = StoreStatus();
  EXPECT_EQ(status["accepted"].GetUint64(), static_cast<std::uint64_t>(kEvents));
  EXPECT_EQ(status["delivered"].GetUint64(), static_cast<std::uint64_t>(kEvents));
  EXPECT_EQ(status["pending"].GetUint64(), 0u);
}

TEST_F(CommandLine, OfflineThenOnline) {
  EXPECT_EQ(Run({"track", "level_complete", "--prop", "level=3", "--timeout", "0.2"}), 4)
      << output_;
  EXPECT_EQ(StoreStatus()["pending"].GetUint64(), 1u);
  Collector collector;
  PointAt(collector.url());
  EXPECT_EQ(Run({"flush"}), 0) << output_;
  EXPECT_EQ(output_, "delivered 1, rejected 0, pending 0\n");
  EXPECT_EQ(collector.CountReceived(), 1u);
}

TEST_F(CommandLine, PropsKeepTheirTypes) {
  Collector collector;
  PointAt(collector.url());
  ASSERT_EQ(Run({"track", "a_name", "--prop", "i=3", "--prop", "t=true", "--prop", "s=x=y",
                 "--prop", "z=007", "--metric", "m=1.5", "--dimension", "d=5", "--props-json",
                 R"({"nested":{"a":[1,2]},"number_text":"12"})", "--at", "2026-01-31T23:59:59.5Z"}),
            0)
      << output_;
  const auto received = collector.Received();
  ASSERT_EQ(received.size(), 1u);
  EXPECT_EQ(received[0].timestamp, "2026-01-31T23:59:59.500Z");
  EXPECT_EQ(received[0].props.substr(0, received[0].props.find(",\"event_id\"")),
            R"({"i":3,"t":true,"s":"x=y","z":"007","nested":{"a":[1,2]},"number_text":"12")");
  EXPECT_NE(received[0].props.find(R"("payload_metrics":{"m":1.5},"payload_dimensions":{"d":"5"})"),
            std::string::npos)
      << received[0].props;
}

TEST_F(CommandLine, StdinNamesTheLineItRefusesAndGoesOn) {
  Collector collector;
  PointAt(collector.url());
  std::ofstream input(directory_ / "lines");
  input << R"({"name":"good","props":{"n":1},"timestamp":"2026-01-31T23:59:59.999Z"})"
        << "\n"
        << "not json\n"
        << R"({"name":"Bad Name"})"
        << "\n"
        << R"({"name":"x","nmae":1})"
        << "\n"
        << "\n"
        << R"({"name":"good","props":{"n":2},"identifier":{"user":7},"critical":true})"
        << "\n";
  input.close();
  std::string output;
  EXPECT_EQ(RunProcess({"sh", "-c",
                        Binary("embeddables-agent") + " track --stdin < " + (directory_ / "lines")},
                       environment_, &output),
            3);
  for (const char* expected : {"line 2: ", "line 3: ", "line 4: ", "delivered 2"}) {
    EXPECT_NE(output.find(expected), std::string::npos) << expected << " in " << output;
  }
  std::map<std::int64_t, std::string> people;
  for (const ReceivedEvent& event : collector.Received()) {
    people[event.number] = event.identifier_key + event.identifier_value;
  }
  EXPECT_EQ(people[1], "email\"person@here.example\"");
  EXPECT_EQ(people[2], "user7");
}

TEST_F(CommandLine, ExitCodesAreAsDocumented) {
  EXPECT_EQ(Run({"--help"}), 0);
  std::ofstream(directory_ / "a_file") << "no folder";
  EXPECT_EQ(Run({"track"}), 2) << output_;
  EXPECT_EQ(Run({"trakc"}), 2) << output_;
  EXPECT_EQ(Run({"track", "x", "--api-key", "rk_x"}), 2) << "the key is no option";
  EXPECT_EQ(Run({"track", "Bad Name"}), 3) << output_;
  EXPECT_EQ(Run({"track", "x", "--prop", "novalue"}), 2) << output_;
  EXPECT_EQ(Run({"track", "x", "--at", "yesterday"}), 2) << output_;
  EXPECT_EQ(Run({"track", "x", "--timeout", "0"}), 4) << output_;
  EXPECT_EQ(Run({"status", "--store", directory_ / "missing.db"}), 5) << output_;
  EXPECT_EQ(Run({"track", "x", "--store", directory_ / "a_file/x"}), 5) << output_;
  EXPECT_EQ(Run({"track", "x", "--project", "wrong"}), 2) << output_;
  Collector collector({"--api-key", "rk_right"});
  PointAt(collector.url());
  EXPECT_EQ(Run({"flush"}), 6) << output_;
  environment_["EMBEDDABLES_API_KEY"] = "rk_right";
  collector.SetFaults(R"({"by_event":{"x":422}})");
  EXPECT_EQ(Run({"flush"}), 3) << output_;
}

TEST_F(CommandLine, SettingsByOptionAndByVariable) {
  Collector collector;
  PointAt(collector.url());
  EXPECT_EQ(Run({"track", "x", "--header", "X-Kiosk: 17", "--max-in-flight", "2", "--max-age",
                 "3600", "--connect-timeout", "0.5"}),
            0)
      << output_;
  EXPECT_EQ(Run({"track", "x", "--max-in-flight", "0"}), 2) << output_;
  EXPECT_EQ(Run({"track", "x", "--header", "nothing"}), 2) << output_;
  environment_["EMBEDDABLES_MAX_EVENTS"] = "1";
  EXPECT_EQ(Run({"track", "x", "--no-flush"}), 0) << output_;
  EXPECT_EQ(Run({"track", "x", "--no-flush"}), 0) << output_;
  EXPECT_EQ(StoreStatus()["dropped"]["row_bound"].GetUint64(), 1u);
  environment_["EMBEDDABLES_CONSENT_REQUIRED"] = "true";
  EXPECT_EQ(Run({"flush"}), 4) << output_;
}

TEST_F(CommandLine, KeyFromAFile) {
  Collector collector({"--api-key", "rk_right"});
  PointAt(collector.url());
  std::ofstream(directory_ / "key") << "rk_right\n";
  EXPECT_EQ(Run({"track", "x", "--key-file", directory_ / "key"}), 0) << output_;
  EXPECT_EQ(Run({"track", "x", "--key-file", directory_ / "missing"}), 2) << output_;
}

TEST_F(CommandLine, DeadLettersRequeueAndPurge) {
  Collector collector;
  PointAt(collector.url());
  collector.SetFaults(R"({"by_event":{"x":422}})");
  EXPECT_EQ(Run({"track", "x"}), 3);
  EXPECT_EQ(Run({"dead-letters", "list"}), 0);
  EXPECT_NE(output_.find("HTTP 422"), std::string::npos) << output_;
  EXPECT_EQ(Run({"dead-letters", "list", "--json"}), 0);
  rapidjson::Document letter;
  letter.Parse(output_.c_str());
  ASSERT_TRUE(letter.IsObject()) << output_;
  EXPECT_STREQ(letter["event_name"].GetString(), "x");
  EXPECT_EQ(Run({"dead-letters", "requeue", "999"}), 3) << output_;
  EXPECT_EQ(Run({"dead-letters", "requeue"}), 0);
  EXPECT_EQ(output_, "requeued 1\n");
  EXPECT_EQ(StoreStatus()["pending"].GetUint64(), 1u);
  EXPECT_EQ(Run({"purge"}), 0) << output_;
  const auto status = StoreStatus();
  EXPECT_EQ(status["pending"].GetUint64(), 0u);
  EXPECT_EQ(status["dropped"]["purged"].GetUint64(), 1u);
}

TEST_F(CommandLine, ConsentIsRemembered) {
  EXPECT_EQ(Run({"track", "x", "--no-flush"}), 0) << output_;
  EXPECT_EQ(Run({"consent", "denied"}), 0) << output_;
  EXPECT_EQ(StoreStatus()["dropped"]["consent"].GetUint64(), 1u);
  EXPECT_EQ(Run({"track", "x", "--no-flush"}), 3) << output_;
  EXPECT_EQ(Run({"consent", "given"}), 0) << output_;
  EXPECT_EQ(Run({"track", "x", "--no-flush"}), 0) << output_;
}

TEST_F(CommandLine, QuickstartRunsAsWritten) {
  Collector collector;
  std::string output;
  EXPECT_EQ(RunProcess({Binary("quickstart"), collector.url()},
                       {{"XDG_STATE_HOME", directory_ / "state"},
                        {"LOCALAPPDATA", directory_ / "state"}},  // Windows
                       &output),
            0)
      << output;
  output.erase(std::remove(output.begin(), output.end(), '\r'), output.end());  // Windows
  EXPECT_EQ(output, "delivered 1, kept for the next start 0\n");
  EXPECT_TRUE(std::filesystem::exists(
      directory_ / "state/embeddables-agent/pr_quickstart.flow_quickstart/events.db"));
}

}  // namespace
}  // namespace embeddables::test
