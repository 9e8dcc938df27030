// `status`, `dead-letters list` and `consent show`: what they print, the codes of --check, and that
// they start no agent.

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "tests/e2e/status_fixture.h"
#include "tests/support/bytes.h"
#include "tests/support/collector.h"
#include "tests/support/inspecting.h"
#include "tests/support/other_program.h"
#include "tests/support/process.h"
#include "tests/support/raw_server.h"
#include "tests/support/wait_for.h"

namespace embeddables::test {
namespace {

namespace fs = std::filesystem;

TEST_F(StatusCommand, ShowsTheLinesThatScriptsKnow) {
  ASSERT_EQ(Run({"track", "door_opened", "--no-flush"}), 0) << output_;
  ASSERT_EQ(Run({"status"}), 0) << output_;
  for (const char* line :
       {"accepted   1\n", "delivered  0\n", "rejected   0\n", "dropped    0\n", "pending    1\n",
        "ledger     balanced\n", "dead letters kept 0\n", "store bytes ", "sender     no process\n",
        "oldest pending ", "consent    unknown\n", "bounds     1000000 events, ", "log bytes ",
        "disk free  "}) {
    EXPECT_TRUE(Says(line)) << line << "is not in\n" << output_;
  }
}

TEST_F(StatusCommand, BytesThatAreNoTextStayJson) {
  Answer(HttpAnswer("400 No", "no"));
  ASSERT_EQ(Run({"track", "door_opened"}), 3) << output_;
  OtherProgram(store_).Run("UPDATE dead_letter SET message=CAST(x'61ff62' AS TEXT)");
  ASSERT_EQ(Run({"dead-letters", "list", "--json"}), 0) << output_;
  rapidjson::Document document;
  document.Parse(output_.c_str());
  ASSERT_TRUE(document.IsObject()) << output_;
  EXPECT_STREQ(document["message"].GetString(),
               "a\xEF\xBF\xBD"
               "b");
}

TEST_F(StatusCommand, BesideAServiceShowsWhatItHasDelivered) {
  Collector collector;
  PointAt(collector.url());
  const auto service = StartService();
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(service->Write("{\"name\":\"door_opened\"}\n"));
  ASSERT_TRUE(WaitFor([&] { return collector.CountReceived() == 100; }));
  EXPECT_TRUE(
      WaitFor([&] { return Json()["delivered"].GetUint64() == 100; }, std::chrono::seconds(1)));
  const rapidjson::Document status = Json();
  EXPECT_EQ(status["accepted"].GetUint64(), 100u);
  EXPECT_TRUE(status["sends"].GetBool());
  ASSERT_EQ(status["processes"].Size(), 1u);
  EXPECT_EQ(status["processes"][0]["pid"].GetInt(), service->id());
  EXPECT_EQ(status["processes"][0]["version"], "0.1.0");
  ASSERT_EQ(Run({"status"}), 0);
  EXPECT_TRUE(Says("process    " + std::to_string(service->id()) + ", version 0.1.0, sends"))
      << output_;
  EXPECT_TRUE(Says("crash-safe memory ") && Says(".intake")) << output_;
  EXPECT_EQ(Check(), 0) << output_;
  EXPECT_TRUE(Says("healthy: 0 pending, 100 delivered\n")) << output_;
  // After a kill as well.
  service->Kill();
  service->Wait();
  EXPECT_EQ(Json()["delivered"].GetUint64(), 100u);
}

TEST_F(StatusCommand, ShowsWhatAKilledServiceHasLeftInMemory) {
  const auto service = StartService({"--persist-interval", "3600", "--flush-interval", "1800"});
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(service->Write("{\"name\":\"door_opened\"}\n"));
  ASSERT_TRUE(WaitFor([&] { return Json()["accepted"].GetUint64() == 20; }));
  service->Kill();
  service->Wait();
  const rapidjson::Document status = Json();
  EXPECT_EQ(status["accepted"].GetUint64(), 20u);
  EXPECT_EQ(status["left_over"].GetUint64(), 20u);
}

TEST_F(StatusCommand, SaysWhyInTheServersWordsAndWhenItTriesAgain) {
  Answer(HttpAnswer("401 No", R"({"error":{"code":"K","message":"key is not known"}})"));
  const auto service = StartService();
  ASSERT_TRUE(service->Write("{\"name\":\"door_opened\"}\n"));
  ASSERT_TRUE(WaitFor([&] { return Check() == 6; })) << output_;
  EXPECT_TRUE(Says("credentials: 1 pending")) << output_;
  ASSERT_EQ(Run({"status"}), 0);
  EXPECT_TRUE(
      Says("reason     waits for a key, project or URL that the server accepts (HTTP 401: "
           "key is not known)"))
      << output_;
  EXPECT_TRUE(Says("next try in ")) << output_;
  service->CloseInput();
  EXPECT_EQ(service->Wait(), 6);
  // Nobody runs, and what the last one met is still known.
  EXPECT_EQ(Check(), 6) << output_;
  EXPECT_TRUE(Says("key is not known")) << output_;
}

TEST_F(StatusCommand, ChecksWhetherEventsWaitTooLong) {
  ASSERT_EQ(Run({"track", "door_opened", "--no-flush"}), 0) << output_;
  EXPECT_EQ(Check(), 0) << output_;
  EXPECT_EQ(Check({"--max-wait", "0"}), 7) << output_;
  EXPECT_TRUE(Says("nobody_sends: 1 pending, the oldest for ")) << output_;
  const auto service = StartService();
  EXPECT_TRUE(WaitFor([&] { return Check({"--max-wait", "0"}) == 4; })) << output_;
  EXPECT_TRUE(Says("waiting: 1 pending")) << output_;
}

TEST_F(StatusCommand, ChecksWhetherThePersonIsWaitedFor) {
  Answer(HttpAnswer("404 No", R"({"error":{"code":"ENTRY_NOT_FOUND","message":"no entry"}})"));
  EXPECT_NE(Run({"track", "door_opened", "--timeout", "20"}), 0) << output_;
  EXPECT_EQ(Check(), 8) << output_;
  EXPECT_TRUE(Says("person: 1 pending")) << output_;
}

TEST_F(StatusCommand, ChecksWhetherSomebodyIsToBeIdentified) {
  ASSERT_EQ(Run({"track", "door_opened", "--anonymous", "--no-flush"}), 0) << output_;
  EXPECT_EQ(Check({"--max-wait", "0"}), 8) << output_;
  EXPECT_TRUE(Says("person: 1 pending") && Says("waits for somebody to be identified")) << output_;
  ASSERT_EQ(Run({"identify", "email=a@b.c"}), 0) << output_;
  EXPECT_EQ(Check(), 0) << output_;
  EXPECT_EQ(Check({"--max-wait", "0"}), 7) << output_;
}

TEST_F(StatusCommand, ChecksWhetherConsentIsWaitedFor) {
  const auto service = StartService({"--consent-required"});
  ASSERT_TRUE(service->Write("{\"name\":\"door_opened\"}\n"));
  EXPECT_TRUE(WaitFor([&] { return Check() == 8; })) << output_;
  EXPECT_TRUE(Says("the person's consent")) << output_;
}

TEST_F(StatusCommand, ChecksWhetherEventsWereLost) {
  Answer(
      HttpAnswer("400 No", R"({"error":{"code":"B","message":"not \u001b[31mlike\u009b this"}})"));
  EXPECT_EQ(Run({"track", "door_opened"}), 3) << output_;
  EXPECT_EQ(Check(), 9) << output_;
  EXPECT_TRUE(Says("lost: 1 events were lost: 1 dead letters\n")) << output_;
  EXPECT_EQ(Check({"--max-lost", "1"}), 0) << output_;
  ASSERT_EQ(Run({"dead-letters", "list"}), 0) << output_;
  EXPECT_TRUE(Says("door_opened  HTTP 400  not ")) << output_;
  EXPECT_FALSE(Says("\x1b")) << output_;
  ASSERT_EQ(Run({"dead-letters", "list", "--json"}), 0) << output_;
  EXPECT_FALSE(Says("\x1b")) << output_;
  rapidjson::Document letter;
  letter.Parse(output_.c_str());
  EXPECT_NE(std::string(letter["body"].GetString()).find("event_id"), std::string::npos);
}

TEST_F(StatusCommand, ChecksWhetherTheStoreCanBeReadAndWritten) {
  const auto lines = [this] { return std::count(output_.begin(), output_.end(), '\n'); };
  EXPECT_EQ(Check(), 5) << output_;
  EXPECT_TRUE(Says("store: there is no store at this path") && Says(store_)) << output_;
  EXPECT_EQ(lines(), 1) << "of both streams: " << output_;
  EXPECT_EQ(Run({"status"}), 5) << output_;
  EXPECT_TRUE(Says("EMBEDDABLES_STORE: there is no store at ")) << output_;
  WriteBytes(store_, std::string(5000, 'x'));
  EXPECT_EQ(Check(), 5) << output_;
  EXPECT_EQ(lines(), 1) << "of both streams: " << output_;
  EXPECT_EQ(Run({"dead-letters", "list"}), 5) << output_;
  EXPECT_EQ(Run({"consent", "show"}), 5) << output_;
  EXPECT_EQ(Check({"--max-wait", "soon"}), 2) << output_;
}

// The format's rules that a value could break: a label's quotes, and one HELP and TYPE a name.
TEST_F(StatusCommand, MeasuresForPrometheus) {
  environment_["EMBEDDABLES_STORE"] = directory_ / "store/a \"quoted\" name.db";
  EXPECT_EQ(Run({"status", "--prometheus"}), 0) << output_;
  const std::string store = R"({store=")" + directory_.path() + R"(/store/a \"quoted\" name.db")";
  EXPECT_TRUE(Says("embeddables_check" + store + "} 5\n")) << output_;
  EXPECT_FALSE(Says("embeddables_events_pending")) << output_;
  ASSERT_EQ(Run({"track", "door_opened", "--no-flush"}), 0) << output_;
  EXPECT_EQ(Run({"status", "--prometheus", "--max-wait", "0"}), 0) << output_;
  EXPECT_TRUE(Says("embeddables_check" + store + "} 7\n")) << output_;
  EXPECT_TRUE(Says("# TYPE embeddables_events_accepted_total counter\n")) << output_;
  EXPECT_TRUE(Says("\nembeddables_events_accepted_total" + store + "} 1\n")) << output_;
  EXPECT_TRUE(Says("\nembeddables_events_pending" + store + "} 1\n")) << output_;
  EXPECT_TRUE(Says("\nembeddables_events_dropped_total" + store + ",reason=\"age\"} 0\n"));
  const std::string type = "# TYPE embeddables_events_dropped_total ";
  EXPECT_EQ(output_.find(type), output_.rfind(type));
  EXPECT_NE(output_.find(type), std::string::npos);
}

TEST_F(StatusCommand, ShowsConsent) {
  ASSERT_EQ(Run({"track", "door_opened", "--no-flush"}), 0) << output_;
  EXPECT_EQ(Run({"consent", "show"}), 0);
  EXPECT_EQ(output_, "unknown\n");
  ASSERT_EQ(Run({"consent", "given"}), 0) << output_;
  EXPECT_EQ(Run({"consent", "show"}), 0);
  EXPECT_EQ(output_, "given\n");
}

TEST_F(StatusCommand, TheThreeChangeNothing) {
  ASSERT_EQ(Run({"track", "door_opened", "--no-flush"}), 0) << output_;
  fs::remove(store_ + ".lock");  // an agent would make it again
  const Tree before = TreeOf({directory_.path()});
  for (const std::vector<std::string>& command : {std::vector<std::string>{"status"},
                                                  {"status", "--json"},
                                                  {"status", "--check"},
                                                  {"dead-letters", "list"},
                                                  {"consent", "show"}}) {
    EXPECT_EQ(Run(command), 0) << output_;
    ExpectSame(before, TreeOf({directory_.path()}));
  }
}

// Of all members, those of objects within included.
void AddKeys(const rapidjson::Value& value, std::vector<std::string>* keys) {
  if (value.IsArray()) {
    for (const auto& each : value.GetArray()) AddKeys(each, keys);
  }
  if (!value.IsObject()) return;
  for (const auto& member : value.GetObject()) {
    keys->push_back(member.name.GetString());
    AddKeys(member.value, keys);
  }
}

TEST_F(StatusCommand, EachKeyAndCodeIsInTheGuide) {
  const auto service = StartService({"--persist-interval", "0.1"});
  ASSERT_TRUE(service->Write("{\"name\":\"door_opened\"}\n"));
  ASSERT_TRUE(WaitFor([&] { return Json()["last_failure"].IsObject(); })) << output_;
  ASSERT_EQ(Check({"--json"}), 0) << output_;
  EXPECT_EQ(output_.find("{\"accepted\":1,\"delivered\":0,\"rejected\":0,\"pending\":1,"), 0u);
  rapidjson::Document status;
  status.Parse(output_.c_str());
  std::vector<std::string> keys;
  AddKeys(status, &keys);
  EXPECT_GT(keys.size(), 50u);
  const std::string guide = ReadBytes(SourceFile("samples/guides/kiosk.md"));
  const std::string what_happens = ReadBytes(SourceFile("samples/guides/what-happens-when.md"));
  for (const std::string& key : keys) {
    const bool documented = guide.find("`" + key + "`") != std::string::npos ||
                            what_happens.find("`" + key + "`") != std::string::npos;
    EXPECT_TRUE(documented) << key;
  }
  for (const char* code :
       {"| 0 |", "| 2 |", "| 4 |", "| 5 |", "| 6 |", "| 7 |", "| 8 |", "| 9 |"}) {
    EXPECT_NE(guide.find(code), std::string::npos) << code;
  }
}

}  // namespace
}  // namespace embeddables::test
