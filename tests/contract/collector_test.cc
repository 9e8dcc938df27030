// The collector refuses each way of breaking the contract, and misbehaves when asked to.

#include "tests/support/collector.h"

#include <gtest/gtest.h>
#include <httplib.h>
#include <rapidjson/document.h>

#include <chrono>

#include "samples/collector/contract.h"
#include "tests/contract/breakages.h"
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
  for (const char* good :
       {"2026-01-31T23:59:59.999Z", "2024-02-29T00:00:00Z", "2026-01-31T23:59:59+01:00"}) {
    EXPECT_TRUE(collector::IsIsoDateTime(good)) << good;
  }
  for (const char* bad :
       {"2026-1-31T23:59:59Z", "2026-01-31 23:59:59Z", "2026-01-31T24:00:00Z",
        "2025-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-31", "2026-01-31T23:59:59.Z",
        "2026-01-31T23:59.9:59Z", "2026-01-31T23:59:59.9.9Z"}) {
    EXPECT_FALSE(collector::IsIsoDateTime(bad)) << bad;
  }
}

}  // namespace
}  // namespace embeddables::test
