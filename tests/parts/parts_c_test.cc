// Parts of a C host's own, by function pointers.

#include <embeddables/agent_c.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/temp_dir.h"
#include "tests/support/wait_for.h"

namespace embeddables::test {
namespace {

// What a host's C code would keep.
struct CHost {
  std::mutex mutex;
  std::vector<emb_exchange*> open;
  std::vector<std::uint64_t> cancelled;
  std::atomic<int> begun{0}, polls{0}, closed{0}, started{0}, stopped{0};
  std::atomic<int> accepts{1};
  std::atomic<std::int64_t> wall_ms{1'790'000'000'000};
};

CHost& HostOf(void* user_data) { return *static_cast<CHost*>(user_data); }

std::int32_t Begin(void* user_data, emb_exchange* exchange) {
  CHost& host = HostOf(user_data);
  if (host.accepts == 0) return 0;
  const std::lock_guard<std::mutex> lock(host.mutex);
  host.open.push_back(exchange);
  ++host.begun;
  return 1;
}
void Cancel(void* user_data, std::uint64_t id) {
  CHost& host = HostOf(user_data);
  const std::lock_guard<std::mutex> lock(host.mutex);
  host.cancelled.push_back(id);
}
std::int64_t Poll(void* user_data) {
  ++HostOf(user_data).polls;
  return EMB_NEVER;
}

class PartsInCTest : public testing::Test {
 protected:
  PartsInCTest() {
    emb_config_init(&config_, sizeof config_, EMB_ABI_VERSION);
    config_.project_id = "pr_demo";
    config_.embeddable_id = "flow_demo";
    config_.api_key = "rk_demo";
    config_.base_url = "https://events.example";
    config_.monitor_network = 0;
    config_.store_path = path_.c_str();
    config_.transport = &transport_;
    transport_.struct_size = sizeof transport_;
    transport_.user_data = &host_;
    transport_.begin = Begin;
    transport_.cancel = Cancel;
    transport_.poll = Poll;
    transport_.close_connections = [](void* user_data) { ++HostOf(user_data).closed; };
  }
  ~PartsInCTest() override {
    emb_destroy(agent_);
    for (emb_exchange* each : host_.open) emb_exchange_free(each);
  }

  void Start() {
    ASSERT_EQ(emb_start(&config_, &agent_, &status_), EMB_STATUS_OK) << status_.message;
    ASSERT_EQ(emb_identify(agent_, "email", "a@b.c", &status_), EMB_STATUS_OK);
  }
  void Track(const char* name) {
    emb_event_options options = EMB_EVENT_OPTIONS_INIT;
    options.priority = EMB_PRIORITY_CRITICAL;
    ASSERT_EQ(emb_track(agent_, name, nullptr, 0, &options, &status_), EMB_STATUS_OK);
  }
  bool Begun(int count) {
    return WaitFor([&] { return host_.begun >= count; });
  }
  emb_exchange* Open(std::size_t n) {
    const std::lock_guard<std::mutex> lock(host_.mutex);
    return host_.open[n];
  }
  emb_http_request Request(std::size_t n) {
    emb_http_request request{};
    request.struct_size = sizeof request;
    EXPECT_EQ(emb_exchange_request(Open(n), &request, &status_), EMB_STATUS_OK);
    return request;
  }
  std::uint64_t Delivered() {
    emb_stats stats{};
    stats.struct_size = sizeof stats;
    EXPECT_EQ(emb_get_stats(agent_, &stats, &status_), EMB_STATUS_OK);
    return stats.ledger.delivered;
  }
  std::int32_t Confirm(std::size_t n) {
    emb_http_answer answer = EMB_HTTP_ANSWER_INIT;
    answer.status = 200;
    answer.body = R"({"entry_id":"entry_1"})";
    return emb_exchange_answer(Open(n), &answer, &status_);
  }

  TempDir directory_;
  const std::string path_ = directory_ / "events.db";
  CHost host_;
  emb_transport transport_{};
  emb_config config_{};
  emb_agent* agent_ = nullptr;
  emb_status status_ = EMB_STATUS_INIT;
};

TEST_F(PartsInCTest, ATransportOfFunctionPointersDelivers) {
  Start();
  Track("first");
  Track("second");
  ASSERT_TRUE(Begun(2));
  const emb_http_request request = Request(0);
  EXPECT_EQ(std::string(request.url), "https://events.example/projects/pr_demo/events");
  EXPECT_EQ(request.url_size, std::strlen(request.url));
  EXPECT_EQ(request.body_size, std::strlen(request.body));
  EXPECT_NE(std::string(request.body).find("\"first\""), std::string::npos);
  EXPECT_EQ(request.timeout_ms, 30'000);
  EXPECT_GT(request.most_answer_bytes, 0u);
  bool key = false;
  for (std::uint64_t i = 0; i < request.headers_count; ++i) {
    key = key || (std::string(request.headers[i].name) == "X-Api-Key" &&
                  std::string(request.headers[i].value) == "rk_demo");
  }
  EXPECT_TRUE(key);
  EXPECT_NE(emb_exchange_id(Open(0)), emb_exchange_id(Open(1)));
  EXPECT_EQ(emb_exchange_wanted(Open(0)), 1);
  std::thread([this] {
    EXPECT_EQ(Confirm(0), EMB_STATUS_OK);
    EXPECT_EQ(Confirm(1), EMB_STATUS_OK);
  }).join();
  EXPECT_TRUE(WaitFor([this] { return Delivered() == 2; }));
  EXPECT_EQ(emb_exchange_wanted(Open(0)), 0);
  EXPECT_GT(host_.polls, 0);
}

TEST_F(PartsInCTest, FailuresAndStatusesAreTaken) {
  Start();
  Track("tick");
  ASSERT_TRUE(Begun(1));
  emb_http_answer answer = EMB_HTTP_ANSWER_INIT;
  answer.error = EMB_HTTP_ERROR_RESOLVE;
  answer.error_text = "no such host";
  ASSERT_EQ(emb_exchange_answer(Open(0), &answer, &status_), EMB_STATUS_OK);
  emb_stats stats{};
  stats.struct_size = sizeof stats;
  EXPECT_TRUE(WaitFor([&] {
    emb_get_stats(agent_, &stats, nullptr);
    return std::string(stats.reason.words).find("no such host") != std::string::npos;
  }));
  EXPECT_STREQ(emb_http_error_name(EMB_HTTP_ERROR_RESOLVE), "resolve");
  EXPECT_STREQ(emb_http_error_name(77), "unknown");
}

TEST_F(PartsInCTest, WhatIsWrongIsRefusedWithItsName) {
  const auto refused = [this](const char* name) {
    EXPECT_EQ(emb_start(&config_, &agent_, &status_), EMB_STATUS_INVALID_ARGUMENT);
    EXPECT_NE(std::string(status_.message).find(name), std::string::npos) << status_.message;
  };
  transport_.begin = nullptr;
  refused("config->transport->begin");
  transport_.begin = Begin;
  transport_.cancel = nullptr;
  refused("config->transport->cancel");
  transport_.cancel = Cancel;
  transport_.struct_size = 0;
  refused("config->transport->struct_size");
  transport_.struct_size = sizeof transport_;
  emb_clock clock{};
  clock.struct_size = sizeof clock;
  config_.clock = &clock;
  refused("config->clock->wall_ms");
  clock.wall_ms = [](void*) { return std::int64_t{0}; };
  refused("config->clock->since_boot_ms");
  config_.clock = nullptr;
  Start();
  Track("tick");
  ASSERT_TRUE(Begun(1));
  emb_http_answer answer = EMB_HTTP_ANSWER_INIT;
  answer.error = 99;
  EXPECT_EQ(emb_exchange_answer(Open(0), &answer, &status_), EMB_STATUS_INVALID_ARGUMENT);
  answer.error = 0;
  answer.struct_size = 4;
  EXPECT_EQ(emb_exchange_answer(Open(0), &answer, &status_), EMB_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(emb_exchange_answer(Open(0), nullptr, &status_), EMB_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(emb_exchange_answer(nullptr, &answer, &status_), EMB_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(emb_exchange_request(Open(0), nullptr, &status_), EMB_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(emb_exchange_wanted(nullptr), 0);
  EXPECT_EQ(emb_exchange_id(nullptr), 0u);
  emb_exchange_free(nullptr);
  EXPECT_EQ(emb_exchange_wanted(Open(0)), 1) << "none of these was an answer";
}

TEST_F(PartsInCTest, SuspendCancelsByIdAndAnExchangeOutlivesTheAgent) {
  Start();
  Track("tick");
  ASSERT_TRUE(Begun(1));
  ASSERT_EQ(emb_suspend(agent_, 20'000, nullptr, &status_), EMB_STATUS_OK);
  {
    const std::lock_guard<std::mutex> lock(host_.mutex);
    EXPECT_EQ(host_.cancelled, std::vector<std::uint64_t>{emb_exchange_id(host_.open[0])});
  }
  EXPECT_GE(host_.closed, 1);
  ASSERT_EQ(emb_shutdown(agent_, 20'000, nullptr, &status_), EMB_STATUS_OK);
  emb_destroy(agent_);
  agent_ = nullptr;
  EXPECT_EQ(Confirm(0), EMB_STATUS_OK) << "and does nothing";
  EXPECT_NE(std::string(Request(0).body).find("tick"), std::string::npos);
}

TEST_F(PartsInCTest, OneThatBeginsNothingKeepsNothing) {
  host_.accepts = 0;
  Start();
  Track("tick");
  EXPECT_NE(emb_flush(agent_, 200, nullptr, &status_), EMB_STATUS_OK);
  EXPECT_EQ(host_.begun, 0);
}

TEST_F(PartsInCTest, AnswersBetweenCallsAreNotWaitedFor) {
  transport_.answers_between_calls = 1;
  config_.pump = 1;
  Start();
  Track("tick");
  emb_flush_result result{};
  result.struct_size = sizeof result;
  EXPECT_EQ(emb_flush(agent_, 600'000, &result, &status_), EMB_STATUS_DEADLINE_EXCEEDED);
  EXPECT_EQ(result.pending, 1u);
  EXPECT_EQ(host_.begun, 1);
}

TEST_F(PartsInCTest, ClockAndThreadHooks) {
  emb_clock clock{};
  clock.struct_size = sizeof clock;
  clock.user_data = &host_;
  clock.wall_ms = [](void* user_data) { return HostOf(user_data).wall_ms.load(); };
  clock.since_boot_ms = [](void*) {
    return std::int64_t{std::chrono::duration_cast<std::chrono::milliseconds>(
                            std::chrono::steady_clock::now().time_since_epoch())
                            .count()};
  };
  clock.boot_id = [](void*) { return "boot-of-the-host"; };
  config_.clock = &clock;
  config_.on_thread_start = [](void* user_data) { ++HostOf(user_data).started; };
  config_.on_thread_stop = [](void* user_data) { ++HostOf(user_data).stopped; };
  config_.on_thread_user_data = &host_;
  Start();
  Track("tick");
  ASSERT_TRUE(Begun(1));
  EXPECT_NE(std::string(Request(0).body).find("2026-09-21T14:13:20.000Z"), std::string::npos);
  ASSERT_EQ(Confirm(0), EMB_STATUS_OK);
  ASSERT_EQ(emb_shutdown(agent_, 20'000, nullptr, &status_), EMB_STATUS_OK);
  EXPECT_EQ(host_.started, 1);
  EXPECT_EQ(host_.stopped, 1);
}

}  // namespace
}  // namespace embeddables::test
