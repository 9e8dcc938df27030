// The life of an agent through the C interface alone, against the collector.

#include <embeddables/agent_c.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/support/collector.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait_for.h"

namespace embeddables::test {
namespace {

template <class T>
T Sized() {
  T out{};
  out.struct_size = sizeof out;
  return out;
}

std::string Text(const char* text, std::uint64_t size) {
  return std::string(text, static_cast<std::size_t>(size));
}

class LifeInC : public testing::Test {
 protected:
  LifeInC() {
    emb_config_init(&config_, sizeof config_, EMB_ABI_VERSION);
    config_.project_id = "pr_demo";
    config_.embeddable_id = "flow_demo";
    config_.api_key = "rk_demo";
    config_.store_path = path_.c_str();
    config_.base_url = collector_.url().c_str();
    config_.flush_interval_ms = 10;
    config_.persist_interval_ms = 2000;
  }
  ~LifeInC() override { emb_destroy(agent_); }

  void Start() {
    ASSERT_EQ(emb_start(&config_, &agent_, &status_), EMB_STATUS_OK)
        << emb_status_message(&status_);
  }
  void Track(std::int64_t n, const char* name = "tick") {
    const emb_prop prop = emb_prop_int("n", n);
    ASSERT_EQ(emb_track(agent_, name, &prop, 1, nullptr, &status_), EMB_STATUS_OK)
        << emb_status_message(&status_);
  }
  emb_stats stats() {
    auto stats = Sized<emb_stats>();
    EXPECT_EQ(emb_get_stats(agent_, &stats, nullptr), EMB_STATUS_OK);
    EXPECT_EQ(emb_ledger_balanced(&stats.ledger), 1);
    return stats;
  }
  std::vector<emb_outcome> Outcomes() {
    std::vector<emb_outcome> out(64, Sized<emb_outcome>());
    std::uint64_t count = 0;
    EXPECT_EQ(emb_poll_outcomes(agent_, out.data(), out.size(), &count, nullptr), EMB_STATUS_OK);
    out.resize(static_cast<std::size_t>(count));
    return out;
  }

  Collector collector_;
  TempDir directory_;
  std::string path_ = directory_ / "events.db";
  emb_config config_;
  emb_status status_ = EMB_STATUS_INIT;
  emb_agent* agent_ = nullptr;
};

TEST_F(LifeInC, TracksSendsAndTellsWhatBecameOfIt) {
  Start();
  ASSERT_EQ(emb_identify_n(agent_, "emailX", 5, "a@b.cX", 5, nullptr), EMB_STATUS_OK);
  const emb_prop props[] = {emb_prop_int("n", 1), emb_prop_string("text", "grün"),
                            emb_metric(emb_prop_double("seconds", 1.5)),
                            emb_dimension(emb_prop_string("mode", "hard")),
                            emb_prop_raw("items", "[1,2]")};
  emb_event_options options = EMB_EVENT_OPTIONS_INIT;
  options.priority = EMB_PRIORITY_CRITICAL;
  options.time_ms = 1'800'000'000'000;
  ASSERT_EQ(emb_track_n(agent_, "level_completeX", 14, props, 5, &options, &status_), EMB_STATUS_OK)
      << emb_status_message(&status_);
  auto result = Sized<emb_flush_result>();
  ASSERT_EQ(emb_flush(agent_, 20'000, &result, &status_), EMB_STATUS_OK)
      << emb_status_message(&status_);
  EXPECT_EQ(result.pending, 0u);
  EXPECT_EQ(result.reason.struct_size, sizeof(emb_reason));
  const std::vector<ReceivedEvent> received = collector_.Received();
  ASSERT_EQ(received.size(), 1u);
  EXPECT_EQ(received[0].name, "level_complete");
  EXPECT_EQ(received[0].identifier_key, "email");
  EXPECT_EQ(received[0].identifier_value, "\"a@b.c\"");
  EXPECT_EQ(received[0].timestamp, "2027-01-15T08:00:00.000Z");
  for (const char* part : {"\"text\":\"grün\"", "\"payload_metrics\":{\"seconds\":1.5}",
                           "\"payload_dimensions\":{\"mode\":\"hard\"}", "\"items\":[1,2]"}) {
    EXPECT_NE(received[0].props.find(part), std::string::npos) << received[0].props;
  }
  ASSERT_TRUE(WaitFor([&] { return stats().ledger.delivered == 1; }));
  const std::vector<emb_outcome> outcomes = Outcomes();
  ASSERT_EQ(outcomes.size(), 1u);
  EXPECT_EQ(outcomes[0].kind, EMB_OUTCOME_KIND_DELIVERED);
  EXPECT_STREQ(outcomes[0].event_name, "level_complete");
  EXPECT_EQ(outcomes[0].event_id, received[0].event_id);
  EXPECT_EQ(outcomes[0].own, 1);
  ASSERT_EQ(emb_shutdown(agent_, 20'000, &result, &status_), EMB_STATUS_OK);
  EXPECT_EQ(emb_track(agent_, "late", nullptr, 0, nullptr, &status_), EMB_STATUS_NOT_RUNNING);
  EXPECT_STRNE(emb_status_message(&status_), "");
}

TEST_F(LifeInC, PausesSuspendsAndHearsOfTheNetwork) {
  Start();
  ASSERT_EQ(emb_identify(agent_, "email", "a@b.c", nullptr), EMB_STATUS_OK);
  ASSERT_EQ(emb_pause(agent_, nullptr), EMB_STATUS_OK);
  ASSERT_EQ(emb_persist(agent_, 20'000, nullptr, nullptr), EMB_STATUS_OK);
  Track(1);
  EXPECT_TRUE(WaitFor([&] { return stats().waiting_for == EMB_WAITING_FOR_PAUSED; }));
  EXPECT_EQ(emb_flush(agent_, 1000, nullptr, &status_), EMB_STATUS_UNAVAILABLE);
  ASSERT_EQ(emb_resume(agent_, nullptr), EMB_STATUS_OK);
  EXPECT_TRUE(WaitFor([&] { return stats().ledger.delivered == 1; }));
  auto result = Sized<emb_flush_result>();
  ASSERT_EQ(emb_suspend(agent_, 20'000, &result, nullptr), EMB_STATUS_OK);
  ASSERT_EQ(emb_resume(agent_, nullptr), EMB_STATUS_OK);
  ASSERT_EQ(emb_set_network_state(agent_, EMB_NETWORK_STATE_UNAVAILABLE, nullptr), EMB_STATUS_OK);
  Track(2);
  EXPECT_TRUE(WaitFor([&] { return stats().waiting_for == EMB_WAITING_FOR_OFFLINE; }));
  EXPECT_STREQ(emb_waiting_for_name(stats().waiting_for), "offline");
  ASSERT_EQ(emb_set_network_state(agent_, EMB_NETWORK_STATE_AVAILABLE, nullptr), EMB_STATUS_OK);
  EXPECT_TRUE(WaitFor([&] { return stats().ledger.delivered == 2; }));
  EXPECT_EQ(emb_set_wall_clock(agent_, 1'800'000'000'000, nullptr), EMB_STATUS_OK);
  EXPECT_EQ(emb_set_wall_clock(agent_, 0, &status_), EMB_STATUS_INVALID_ARGUMENT);
}

TEST_F(LifeInC, DeadLettersAreListedAndRequeued) {
  collector_.SetFaults(R"({"by_event":{"refused":422}})");
  Start();
  ASSERT_EQ(emb_identify(agent_, "email", "a@b.c", nullptr), EMB_STATUS_OK);
  Track(7, "refused");
  Track(8, "refused");
  ASSERT_TRUE(WaitFor([&] { return stats().dead_letters == 2; }));
  emb_dead_letter_list* list = nullptr;
  ASSERT_EQ(emb_dead_letters(agent_, &list, 100, 0, 5000, &status_), EMB_STATUS_OK);
  ASSERT_EQ(emb_dead_letter_list_size(list), 2u);
  auto letter = Sized<emb_dead_letter>();
  ASSERT_EQ(emb_dead_letter_list_get(list, 0, &letter, nullptr), EMB_STATUS_OK);
  EXPECT_EQ(Text(letter.event_name, letter.event_name_size), "refused");
  EXPECT_EQ(letter.http_status, 422);
  EXPECT_NE(Text(letter.body, letter.body_size).find("refused"), std::string::npos);
  EXPECT_EQ(letter.event_id_size, 36u);
  EXPECT_EQ(emb_dead_letter_list_get(list, 2, &letter, &status_), EMB_STATUS_NOT_FOUND);
  const std::int64_t first = letter.id;
  emb_dead_letter_list_free(list);
  ASSERT_EQ(emb_inspect_dead_letters(&config_, &list, 1, first, &status_), EMB_STATUS_OK);
  EXPECT_EQ(emb_dead_letter_list_size(list), 1u);
  emb_dead_letter_list_free(list);
  collector_.SetFaults("{}");
  std::uint64_t requeued = 0;
  ASSERT_EQ(emb_requeue(agent_, first, &requeued, 5000, nullptr), EMB_STATUS_OK);
  EXPECT_EQ(requeued, 1u);
  EXPECT_EQ(emb_requeue(agent_, 4711, &requeued, 5000, &status_), EMB_STATUS_NOT_FOUND);
  EXPECT_TRUE(WaitFor([&] { return stats().ledger.delivered == 1; }));
}

TEST_F(LifeInC, ConsentDeniedErasesAndRefuses) {
  config_.consent_policy = EMB_CONSENT_POLICY_REQUIRED;
  Start();
  Track(1);
  std::int32_t consent = -1;
  ASSERT_EQ(emb_get_consent(agent_, &consent, nullptr), EMB_STATUS_OK);
  EXPECT_EQ(consent, EMB_CONSENT_UNKNOWN);
  auto purged = Sized<emb_purge_result>();
  ASSERT_EQ(emb_set_consent(agent_, EMB_CONSENT_DENIED, &purged, 20'000, &status_), EMB_STATUS_OK);
  EXPECT_EQ(purged.in_memory + purged.stored, 1u);
  ASSERT_EQ(emb_get_consent(agent_, &consent, nullptr), EMB_STATUS_OK);
  EXPECT_EQ(consent, EMB_CONSENT_DENIED);
  EXPECT_EQ(emb_track(agent_, "tick", nullptr, 0, nullptr, &status_), EMB_STATUS_CONSENT_DENIED);
  EXPECT_EQ(stats().ledger.dropped[EMB_DROP_REASON_CONSENT], 1u);
  ASSERT_EQ(emb_set_consent(agent_, EMB_CONSENT_GIVEN, nullptr, 0, nullptr), EMB_STATUS_OK);
  EXPECT_TRUE(
      WaitFor([&] { return emb_track(agent_, "tick", nullptr, 0, nullptr, nullptr) == 0; }));
  ASSERT_EQ(emb_purge(agent_, &purged, 20'000, nullptr), EMB_STATUS_OK);
  EXPECT_EQ(purged.in_memory + purged.stored, 1u);
}

TEST_F(LifeInC, ARefusedKeyIsReplaced) {
  Collector strict({"--api-key", "rk_right"});
  config_.base_url = strict.url().c_str();
  config_.api_key = "rk_wrong";
  Start();
  ASSERT_EQ(emb_identify(agent_, "email", "a@b.c", nullptr), EMB_STATUS_OK);
  Track(1);
  ASSERT_TRUE(WaitFor([&] { return stats().waiting_for == EMB_WAITING_FOR_CREDENTIALS; }));
  EXPECT_EQ(emb_flush(agent_, 1000, nullptr, nullptr), EMB_STATUS_CREDENTIALS);
  EXPECT_EQ(stats().reason.waiting_for, EMB_WAITING_FOR_CREDENTIALS);
  ASSERT_EQ(emb_set_api_key_n(agent_, "rk_rightX", 8, &status_), EMB_STATUS_OK);
  EXPECT_TRUE(WaitFor([&] { return stats().ledger.delivered == 1; }));
  EXPECT_EQ(emb_set_api_key(agent_, "two\nlines", &status_), EMB_STATUS_INVALID_ARGUMENT);
  emb_destroy(agent_);  // the collector waits for its connection
  agent_ = nullptr;
}

TEST_F(LifeInC, AStoreIsInspectedWithoutAnAgent) {
  auto inspection = Sized<emb_inspection>();
  emb_process_list* processes = nullptr;
  EXPECT_EQ(emb_inspect(path_.c_str(), &inspection, &processes, &status_), EMB_STATUS_NOT_FOUND);
  EXPECT_EQ(processes, nullptr);
  config_.max_events = 77;
  Start();
  ASSERT_EQ(emb_pause(agent_, nullptr), EMB_STATUS_OK);
  Track(1);
  ASSERT_EQ(emb_persist(agent_, 20'000, nullptr, nullptr), EMB_STATUS_OK);
  ASSERT_EQ(emb_inspect_n(path_.c_str(), path_.size(), &inspection, &processes, &status_),
            EMB_STATUS_OK)
      << emb_status_message(&status_);
  EXPECT_EQ(inspection.ledger.pending, 1u);
  EXPECT_EQ(inspection.bounds.max_events, 77u);
  EXPECT_GE(inspection.oldest_ms, 0);
  ASSERT_EQ(emb_process_list_size(processes), 1u);
  auto process = Sized<emb_process_status>();
  ASSERT_EQ(emb_process_list_get(processes, 0, &process, nullptr), EMB_STATUS_OK);
  EXPECT_EQ(Text(process.version, process.version_size), emb_version());
  EXPECT_EQ(process.reason.waiting_for, inspection.reason.waiting_for);
  emb_process_list_free(processes);
  ASSERT_EQ(emb_inspect(path_.c_str(), &inspection, nullptr, nullptr), EMB_STATUS_OK);
  char path[489];
  std::uint64_t size = 0;
  ASSERT_EQ(emb_store_path(&config_, path, sizeof path, &size, nullptr), EMB_STATUS_OK);
  EXPECT_EQ(path, path_);
  EXPECT_EQ(size, path_.size());
  EXPECT_EQ(emb_store_path(&config_, path, size, nullptr, &status_), EMB_STATUS_INVALID_ARGUMENT);
}

TEST_F(LifeInC, ATextOfAnImpossibleSizeIsRefused) {
  std::uint64_t* const sizes[] = {&config_.project_id_size, &config_.api_key_size,
                                  &config_.embeddable_id_size, &config_.base_url_size};
  for (std::uint64_t* size : sizes) {
    const std::uint64_t before = *size;
    for (const std::uint64_t wrong : {std::uint64_t{1} << 31, std::uint64_t{1} << 62,
                                      std::uint64_t{INT64_MAX}, std::uint64_t{UINT64_MAX} - 1}) {
      *size = wrong;
      emb_agent* agent = nullptr;
      EXPECT_EQ(emb_start(&config_, &agent, &status_), EMB_STATUS_INVALID_ARGUMENT) << wrong;
      EXPECT_EQ(agent, nullptr);
    }
    *size = before;
  }
}

TEST_F(LifeInC, PumpsOnTheHostsThreadWithCallbacksThere) {
  struct Heard {
    emb_agent* agent = nullptr;
    std::uint64_t outcomes = 0, lines = 0;
    std::int32_t inside = -1, blocking = -1;
  } heard;
  config_.pump = 1;
  config_.log_level = EMB_LOG_LEVEL_DEBUG;
  config_.on_outcome_user_data = config_.on_log_user_data = &heard;
  config_.on_outcome = [](void* user_data, const emb_outcome* outcome) {
    auto* const to = static_cast<Heard*>(user_data);
    if (outcome->kind == EMB_OUTCOME_KIND_DELIVERED) ++to->outcomes;
    to->inside = emb_pause(to->agent, nullptr);
    emb_resume(to->agent, nullptr);
    to->blocking = emb_flush(to->agent, 1000, nullptr, nullptr);
  };
  config_.on_log = [](void* user_data, const emb_log_line* line) {
    ++static_cast<Heard*>(user_data)->lines;
    EXPECT_STRNE(line->text, "");
  };
  Start();
  heard.agent = agent_;
  ASSERT_EQ(emb_identify(agent_, "email", "a@b.c", nullptr), EMB_STATUS_OK);
  Track(1);
  std::int64_t next = -1;
  ASSERT_TRUE(WaitFor([&] {
    EXPECT_EQ(emb_pump(agent_, 5, &next, nullptr), EMB_STATUS_OK);
    return heard.outcomes == 1;
  }));
  EXPECT_GE(next, 0);
  EXPECT_GT(heard.lines, 0u);
  EXPECT_EQ(heard.inside, EMB_STATUS_OK) << "a callback may call back in";
  EXPECT_EQ(heard.blocking, EMB_STATUS_INVALID_ARGUMENT) << "but not wait";
  std::uint64_t count = 7;
  auto none = Sized<emb_outcome>();
  ASSERT_EQ(emb_poll_outcomes(agent_, &none, 1, &count, nullptr), EMB_STATUS_OK);
  EXPECT_EQ(count, 0u);
}

TEST_F(LifeInC, ACallbackMayDestroyItsAgent) {
  struct Host {
    std::atomic<emb_agent*> agent{nullptr};
    std::atomic<bool> destroyed{false};
  } host;
  config_.on_outcome_user_data = &host;
  config_.on_outcome = [](void* user_data, const emb_outcome*) {
    auto* const to = static_cast<Host*>(user_data);
    if (emb_agent* const agent = to->agent.exchange(nullptr)) {
      emb_destroy(agent);
      to->destroyed = true;
    }
  };
  Start();
  emb_identify(agent_, "email", "a@b.c", nullptr);
  host.agent = agent_;
  Track(1);
  agent_ = nullptr;
  EXPECT_TRUE(WaitFor([&] { return host.destroyed.load(); }));
  // Its thread may still be ending: the next start on the store succeeds once it has.
  EXPECT_TRUE(WaitFor([&] { return emb_start(&config_, &agent_, &status_) == EMB_STATUS_OK; }));
}

TEST_F(LifeInC, LogLinesArePulled) {
  config_.log_level = EMB_LOG_LEVEL_DEBUG;
  Start();
  std::vector<emb_log_line> lines(3, Sized<emb_log_line>());
  std::uint64_t count = 0;
  ASSERT_TRUE(WaitFor([&] {
    emb_poll_log(agent_, lines.data(), lines.size(), &count, nullptr);
    return count > 0;
  }));
  EXPECT_STRNE(lines[0].text, "");
  EXPECT_LE(lines[0].level, EMB_LOG_LEVEL_ERROR);
}

TEST_F(LifeInC, ASecondAgentOnTheStoreIsRefused) {
  Start();
  emb_agent* second = nullptr;
  EXPECT_EQ(emb_start(&config_, &second, &status_), EMB_STATUS_STORE_UNUSABLE);
  EXPECT_EQ(second, nullptr);
}

TEST(HeaderForC, IsCleanAsC99AndAsCpp) {
  const std::string header = SourceFile("include/embeddables/agent_c.h");
  std::string output;
  EXPECT_EQ(RunProcess({"cc", "-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror", "-x", "c",
                        "-fsyntax-only", header},
                       {}, &output),
            0)
      << output;
  EXPECT_EQ(RunProcess({"c++", "-std=c++17", "-pedantic", "-Wall", "-Wextra", "-Werror", "-x",
                        "c++", "-fno-exceptions", "-fno-rtti", "-fsyntax-only", header},
                       {}, &output),
            0)
      << output;
}

}  // namespace
}  // namespace embeddables::test
