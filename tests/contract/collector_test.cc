// The collector refuses each way of breaking the contract, and misbehaves when asked to.

#include "tests/support/collector.h"

#include <embeddables/agent.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <rapidjson/document.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <sstream>
#include <string>
#include <vector>

#include "samples/collector/contract.h"
#include "tests/contract/breakages.h"
#include "tests/support/process.h"
#include "tests/support/tcp.h"
#include "tests/support/temp_dir.h"

namespace embeddables::test {
namespace {

httplib::Result Send(const Collector& collector, const RawRequest& request) {
  httplib::Client client(collector.url());
  client.set_read_timeout(60);  // large bodies on a busy machine
  httplib::Headers headers;
  if (!request.key.empty()) headers.emplace("X-Api-Key", request.key);
  return client.Post(request.path.c_str(), headers, request.Body(), request.content_type.c_str());
}

TEST(CollectorContract, TakesWhatIsRight) {
  Collector collector;
  const auto result = Send(collector, RawRequest());
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, 200) << result->body;
  rapidjson::Document body;
  body.Parse(result->body.c_str());
  for (const char* field : {"entry_id", "contact_id", "project_id", "group_id", "embeddable_id",
                            "timestamp", "event_type"}) {
    EXPECT_TRUE(body.HasMember(field) && body[field].IsString()) << field;
  }
  const auto received = collector.Received();
  ASSERT_EQ(received.size(), 1u);
  EXPECT_EQ(received[0].project_id, "pr_demo");
  EXPECT_EQ(received[0].props, R"({"level":3})");
  EXPECT_EQ(received[0].identifier_value, R"("a@b.c")");
}

TEST(CollectorContract, RefusesEachBreakage) {
  Collector collector;
  for (const Breakage& breakage : Breakages()) {
    RawRequest request;
    breakage.apply(&request);
    const auto result = Send(collector, request);
    ASSERT_TRUE(result) << breakage.what;
    EXPECT_EQ(result->status, breakage.status) << breakage.what << ": " << result->body;
    rapidjson::Document body;
    body.Parse(result->body.c_str());
    ASSERT_TRUE(body.IsObject() && body.HasMember("error")) << breakage.what << result->body;
    EXPECT_TRUE(body["error"]["code"].IsString());
    EXPECT_TRUE(body["error"]["message"].IsString());
    EXPECT_EQ(body.HasMember("projectId"), breakage.status == 401);
  }
  EXPECT_EQ(collector.CountReceived(), 0u);
}

TEST(CollectorContract, ChecksTheKey) {
  Collector collector({"--api-key", "rk_right"});
  RawRequest request;
  EXPECT_EQ(Send(collector, request)->status, 401);
  request.key = "rk_right";
  EXPECT_EQ(Send(collector, request)->status, 200);
}

std::string Repeated(const std::string& text, int count) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

// Long and deep things, each of which must cost no more stack than short ones.
TEST(CollectorContract, OutlivesHostileRequests) {
  Collector collector;
  RawRequest name;
  name.name = '"' + std::string(4'000'000, 'a') + '"';
  EXPECT_EQ(Send(collector, name)->status, 200);
  RawRequest fraction;
  fraction.timestamp = "\"2026-01-31T23:59:59." + std::string(4'000'000, '9') + "Z\"";
  EXPECT_EQ(Send(collector, fraction)->status, 200);
  RawRequest path;
  path.path = "/projects/pr_" + std::string(8'000, 'x') + "/events";
  EXPECT_EQ(Send(collector, path)->status, 404);
  const std::string deep = Repeated("[", 1'000'000);
  RawRequest body;
  body.whole_body = deep;
  EXPECT_EQ(Send(collector, body)->status, 400);
  RawRequest value;
  value.identifiers = "[{\"key\":\"a\",\"value\":\"" + deep + "\"}]";
  EXPECT_EQ(Send(collector, value)->status, 400);
  httplib::Client client(collector.url());
  client.set_read_timeout(60);
  EXPECT_EQ(client.Post("/_faults", deep, "application/json")->status, 400);
  const std::string nested = Repeated(R"({"status":)", 1'000'000) + "1" + Repeated("}", 1'000'000);
  EXPECT_EQ(client.Post("/_faults", nested, "application/json")->status, 400);
  EXPECT_EQ(client.Post("/_faults", R"({"down_s":1e300})", "application/json")->status, 400);
  EXPECT_EQ(Send(collector, RawRequest())->status, 200);
}

TEST(CollectorContract, KeepsWhatItReceivedInAFile) {
  TempDir directory;
  const std::string db = directory / "received.db";
  {
    Collector collector({"--db", db});
    EXPECT_EQ(Send(collector, RawRequest())->status, 200);
    collector.Kill();
  }
  Collector again({"--db", db});
  EXPECT_EQ(again.CountReceived(), 1u);
  again.Reset();
  EXPECT_EQ(again.CountReceived(), 0u);
}

// What curl sends, to the byte: -X POST has no body and does not say so, -d '' has one of no
// length.
std::string Exchange(const Collector& collector, const std::string& request) {
  const int connection = ConnectToLoopback(collector.port());
  std::string answer;
  char piece[4096];
  std::size_t size = SendAll(connection, request) ? 1 : 0;
  while (size > 0 && answer.find("\r\n\r\n") == std::string::npos) {
    size = Receive(connection, piece, sizeof piece);
    answer.append(piece, size);
  }
  CloseSocket(connection);
  return answer;
}

TEST(CollectorOwnPaths, ResetNeedsNoBody) {
  Collector collector;
  const std::string head = "POST /_reset HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\n";
  for (const char* rest :
       {"\r\n", "Content-Length: 0\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n"}) {
    EXPECT_EQ(Send(collector, RawRequest())->status, 200);
    EXPECT_EQ(collector.CountReceived(), 1u);
    EXPECT_NE(Exchange(collector, head + rest).find(" 200 "), std::string::npos) << rest;
    EXPECT_EQ(collector.CountReceived(), 0u) << rest;
  }
  const std::string faults = "POST /_faults HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
  EXPECT_NE(Exchange(collector, faults).find(" 400 "), std::string::npos);
}

TEST(CollectorOwnPaths, FaultsShowWhatIsInForce) {
  Collector collector;
  httplib::Client client(collector.url());
  EXPECT_EQ(client.Get("/_faults")->body, "{}\n");
  const std::string all =
      R"({"status":{"429":0.5,"503":0.25},"by_event":{"bad_level":500},"retry_after":"5",)"
      R"("latency_ms":1,"drop_before":0.125,"drop_after":0.5,"slow_body_ms":2,"body_bytes":300,)"
      R"("no_date":true,"portal":true,"unknown_users":["a\"b"]})";
  const auto set = client.Post("/_faults", all, "application/json");
  ASSERT_EQ(set->status, 200);
  EXPECT_EQ(set->body, all + "\n");
  EXPECT_EQ(client.Get("/_faults")->body, all + "\n");
  EXPECT_EQ(client.Post("/_faults", "{\"x\":1}", "application/json")->status, 400);
  EXPECT_EQ(client.Get("/_faults")->body, all + "\n") << "nothing changes when it is refused";
  // What it shows can be set again.
  const std::string other = R"({"retry_after":7,"drop_after":1,"unknown_users":true})";
  const std::string shown = client.Post("/_faults", other, "application/json")->body;
  EXPECT_EQ(shown, "{\"retry_after\":\"7\",\"drop_after\":1,\"unknown_users\":true}\n");
  EXPECT_EQ(client.Post("/_faults", shown, "application/json")->body, shown);
  EXPECT_EQ(client.Post("/_faults", "{}", "application/json")->body, "{}\n");
}

TEST(CollectorOwnPaths, FaultsShowHowLongItIsStillDown) {
  Collector collector;
  httplib::Client client(collector.url());
  rapidjson::Document shown;
  shown.Parse(client.Post("/_faults", R"({"down_s":3600})", "application/json")->body.c_str());
  ASSERT_TRUE(shown.IsObject() && shown.HasMember("down_s"));
  EXPECT_GT(shown["down_s"].GetDouble(), 0);
  EXPECT_LE(shown["down_s"].GetDouble(), 3600);
}

std::vector<std::string> RefusedLines(const Collector& collector) {
  std::istringstream lines(httplib::Client(collector.url()).Get("/_refused")->body);
  std::vector<std::string> all;
  for (std::string line; std::getline(lines, line);) all.push_back(line);
  return all;
}

TEST(CollectorOwnPaths, RefusedRequestsAreKeptWithTheRuleTheyBroke) {
  Collector collector;
  EXPECT_EQ(Send(collector, RawRequest())->status, 200);
  EXPECT_TRUE(RefusedLines(collector).empty());
  const std::vector<Breakage> breakages = Breakages();
  for (const Breakage& breakage : breakages) {
    RawRequest request;
    breakage.apply(&request);
    const auto answer = Send(collector, request);
    rapidjson::Document told, kept;
    told.Parse(answer->body.c_str());
    const std::string line = RefusedLines(collector).back();
    kept.Parse(line.c_str());
    ASSERT_TRUE(kept.IsObject()) << line;
    EXPECT_EQ(kept["status"].GetInt(), breakage.status) << breakage.what;
    EXPECT_STREQ(kept["rule"].GetString(), told["error"]["message"].GetString()) << breakage.what;
    EXPECT_EQ(kept["path"].GetString(), request.path) << breakage.what;
    EXPECT_EQ(kept["body"].GetString(), request.Body()) << breakage.what;
    EXPECT_EQ(line.find(request.key.empty() ? "X-Api-Key:" : request.key), std::string::npos);
  }
  EXPECT_EQ(RefusedLines(collector).size(), breakages.size());
  collector.Reset();
  EXPECT_TRUE(RefusedLines(collector).empty());
}

TEST(CollectorOwnPaths, RefusedRequestsAreBoundedAndWithoutTheKey) {
  Collector collector;
  httplib::Client client(collector.url());
  client.set_keep_alive(true);
  client.set_tcp_nodelay(true);
  const httplib::Headers headers = {{"X-Api-Key", "rk_secret"}};
  for (int i = 0; i < 1'050; ++i) {
    const std::string path = "/projects/pr_" + std::to_string(i) + "/events";
    ASSERT_EQ(client.Post(path.c_str(), headers, "{", "application/json")->status, 400);
  }
  std::vector<std::string> lines = RefusedLines(collector);
  EXPECT_EQ(lines.size(), 1'000u);
  EXPECT_NE(lines.front().find("/pr_50/"), std::string::npos) << lines.front();
  const std::string body = std::string(1'995, 'x') + "rk_secret \xff" + std::string(100'000, 'x');
  client.Post("/projects/pr_rk_secret/events", headers, body, "application/json");
  const std::string line = RefusedLines(collector).back();
  EXPECT_LT(line.size(), 2'500u);
  EXPECT_EQ(line.find("secret"), std::string::npos);
  EXPECT_EQ(line.find("rk_"), std::string::npos) << "not cut in half, either";
}

TEST(CollectorOwnPaths, WhatLooksLikeAKeyIsNotKept) {
  Collector collector;
  RawRequest request;
  request.key.clear();
  request.path = "/projects/pr_rk_secret/events" + std::string(4'000, 'x');
  request.whole_body = R"({"api_key":"rk_secret-1","of":"work_item"})";
  EXPECT_EQ(Send(collector, request)->status, 404);
  const std::string line = RefusedLines(collector).back();
  EXPECT_EQ(line.find("secret"), std::string::npos) << line;
  EXPECT_NE(line.find("(key)"), std::string::npos) << line;
  EXPECT_NE(line.find("work_item"), std::string::npos) << line;
  EXPECT_LT(line.size(), 2'500u);
}

TEST(CollectorOwnPaths, ASlowRefusalIsKeptOnce) {
  Collector collector;
  collector.SetFaults(R"({"slow_body_ms":100})");
  RawRequest request;
  request.whole_body = "{";
  const auto answer = Send(collector, request);
  EXPECT_EQ(answer->status, 400);
  EXPECT_NE(answer->body.find("the body must be a JSON object"), std::string::npos);
  EXPECT_EQ(RefusedLines(collector).size(), 1u);
}

TEST(CollectorOwnPaths, RefusedNamesWhoIsUnknown) {
  Collector collector;
  collector.SetFaults(R"({"unknown_users":true})");
  EXPECT_EQ(Send(collector, RawRequest())->status, 404);
  const std::vector<std::string> lines = RefusedLines(collector);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_NE(lines[0].find("no entry with this identifier"), std::string::npos) << lines[0];
}

TEST(CollectorOptions, VersionIsTheLibrarys) {
  std::string output;
  EXPECT_EQ(RunProcess({Binary("embeddables-collector"), "--version"}, {}, &output), 0);
  EXPECT_EQ(output, std::string(kVersion) + "\n");
}

TEST(CollectorOptions, WhatItShowsCannotMoveTheTerminal) {
  Process process({Binary("embeddables-collector"), "--port", "0"});
  const std::string line = process.ReadLine();
  httplib::Client client(line.substr(line.rfind(' ') + 1));
  RawRequest request;
  request.identifiers = R"([{"key":"a\u001b[2J\nb","value":"\"c\""}])";
  const auto answer = client.Post(request.path.c_str(), {{"X-Api-Key", "rk_demo"}}, request.Body(),
                                  "application/json");
  ASSERT_TRUE(answer && answer->status == 200);
  const std::string shown = process.ReadLine();
  EXPECT_NE(shown.find("a\xEF\xBF\xBD[2J\xEF\xBF\xBD"
                       "b=\"c\""),
            std::string::npos)
      << shown;
}

TEST(CollectorOptions, WrongOnesExitWithTwoAndAShortMessage) {
  using Arguments = std::vector<std::string>;
  for (const Arguments& wrong :
       {Arguments{"--prot", "8080"}, Arguments{"--port", "65536"}, Arguments{"--port"},
        Arguments{"--port", "http"}, Arguments{"8080"}, Arguments{"--tls", "certificate.pem"}}) {
    Arguments all = {Binary("embeddables-collector")};
    all.insert(all.end(), wrong.begin(), wrong.end());
    Process process(all, {}, true);
    const std::string said = process.ReadAll();
    EXPECT_EQ(process.Wait(), 2) << said;
    EXPECT_NE(said.find(wrong[0]), std::string::npos) << said;
    EXPECT_NE(said.find("--help"), std::string::npos) << said;
    EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1) << said;
  }
  EXPECT_EQ(RunProcess({Binary("embeddables-collector"), "--help"}), 0);
}

// Both would listen, and each would get a part of the requests.
TEST(CollectorOptions, ASecondOneOnThePortSaysThatItIsTaken) {
  const Collector first;
  const std::string port = std::to_string(first.port());
  Process second({Binary("embeddables-collector"), "--port", port}, {}, true);
  const std::string said = second.ReadAll();
  EXPECT_EQ(second.Wait(), 1) << said;
  EXPECT_NE(said.find(port + ": another program has the port"), std::string::npos) << said;
}

TEST(CollectorFaults, StatusAndRetryAfter) {
  Collector collector;
  collector.SetFaults(R"({"status":{"503":1},"retry_after":7})");
  const auto result = Send(collector, RawRequest());
  EXPECT_EQ(result->status, 503);
  EXPECT_EQ(result->get_header_value("Retry-After"), "7");
  collector.SetFaults("{}");
  EXPECT_EQ(Send(collector, RawRequest())->status, 200);
  const auto answers = collector.Answers();
  EXPECT_EQ(answers.at(503), 1u);
  EXPECT_EQ(answers.at(200), 1u);
}

TEST(CollectorFaults, DroppedConnections) {
  Collector collector;
  collector.SetFaults(R"({"drop_before":1})");
  EXPECT_FALSE(Send(collector, RawRequest()));
  EXPECT_EQ(collector.CountReceived(), 0u);
  collector.SetFaults(R"({"drop_after":1})");
  EXPECT_FALSE(Send(collector, RawRequest()));
  EXPECT_EQ(collector.CountReceived(), 1u);
  collector.SetFaults(R"({"down_s":3600})");
  EXPECT_FALSE(Send(collector, RawRequest()));
  EXPECT_EQ(collector.CountReceived(), 1u);
}

TEST(CollectorFaults, BodiesAndPortal) {
  Collector collector;
  collector.SetFaults(R"({"portal":true})");
  EXPECT_NE(Send(collector, RawRequest())->body.find("<html>"), std::string::npos);
  EXPECT_EQ(collector.CountReceived(), 0u);
  collector.SetFaults(R"({"body_bytes":1000000})");
  EXPECT_EQ(Send(collector, RawRequest())->body.size(), 1'000'000u);
  collector.SetFaults(R"({"slow_body_ms":200,"latency_ms":100})");
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(Send(collector, RawRequest())->status, 200);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(300));
}

TEST(CollectorFaults, UnknownUsersAndEvents) {
  Collector collector;
  collector.SetFaults(R"({"unknown_users":["a@b.c"],"by_event":{"bad_event":500}})");
  const auto result = Send(collector, RawRequest());
  EXPECT_EQ(result->status, 404);
  EXPECT_NE(result->body.find("ENTRY_NOT_FOUND"), std::string::npos);
  RawRequest other;
  other.identifiers = R"([{"key":"email","value":"\"d@e.f\""}])";
  EXPECT_EQ(Send(collector, other)->status, 200);
  other.name = R"("bad_event")";
  EXPECT_EQ(Send(collector, other)->status, 500);
}

TEST(CollectorFaults, UnknownFaultsAreRefused) {
  Collector collector;
  httplib::Client client(collector.url());
  for (const char* bad : {"", "[]", R"({"stauts":{}})", R"({"drop_before":2})",
                          R"({"status":{"99":1}})", R"({"latency_ms":"slow"})"}) {
    EXPECT_EQ(client.Post("/_faults", bad, "application/json")->status, 400) << bad;
  }
}

TEST(CollectorDates, AreIso) {
  for (const char* good : {"2026-01-31T23:59:59.999Z", "2024-02-29T00:00:00Z",
                           "2026-01-31T23:59:59+01:00", "2026-01-31T23:59:60.5-01:30"}) {
    EXPECT_TRUE(collector::IsIsoDateTime(good)) << good;
  }
  for (const char* bad :
       {"2026-1-31T23:59:59Z", "2026-01-31 23:59:59Z", "2026-01-31T24:00:00Z",
        "2025-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-31", "2026-01-31T23:59:59.Z",
        "2026-01-31T23:59.9:59Z", "2026-01-31T23:59:59.9.9Z", "2026-01-31T23:59:59",
        "2026-01-31T23:59:59+0100", "2026-01-31T23:59:59 01:00", "2026-01-31T23:59:59+01-00",
        "2026-01-3aT23:59:59Z", "2026-01-31T23:59:61Z"}) {
    EXPECT_FALSE(collector::IsIsoDateTime(bad)) << bad;
  }
}

}  // namespace
}  // namespace embeddables::test
