// The C interface without a server: conversions, structs that grow, arguments that are not there.

#include <embeddables/agent.h>
#include <embeddables/agent_c.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "agent/c/config_c.h"
#include "agent/c/values.h"
#include "tests/support/allocations.h"
#include "tests/support/temp_dir.h"

namespace embeddables::test {
namespace {

emb_config Initialised() {
  emb_config config;
  EXPECT_EQ(emb_config_init(&config, sizeof config, EMB_ABI_VERSION), EMB_STATUS_OK);
  return config;
}

class AgentC : public testing::Test {
 protected:
  AgentC() {
    config_.store_path = path_.c_str();
    config_.store_only = 1;
  }
  ~AgentC() override { emb_destroy(agent_); }

  void Start() {
    ASSERT_EQ(emb_start(&config_, &agent_, &status_), EMB_STATUS_OK)
        << emb_status_message(&status_);
  }
  std::string said() const { return emb_status_message(&status_); }
  int RefusedStart() { return emb_start(&config_, &agent_, &status_); }

  TempDir directory_;
  std::string path_ = directory_ / "events.db";
  emb_config config_ = Initialised();
  emb_status status_ = EMB_STATUS_INIT;
  emb_agent* agent_ = nullptr;
};

TEST(AgentCConfig, DefaultsAreThoseOfCpp) {
  emb_config config = Initialised();
  Config copy;
  copy.base_url = copy.event_id_key = "overwritten";
  copy.connect_timeout = std::chrono::milliseconds(1);
  copy.max_events = 7;
  ASSERT_TRUE(c::ToConfig(&config, &copy).ok());
  const Config fresh;
  EXPECT_EQ(copy.base_url, fresh.base_url);
  EXPECT_EQ(copy.event_id_key, fresh.event_id_key);
  EXPECT_EQ(copy.connect_timeout, fresh.connect_timeout);
  EXPECT_EQ(copy.request_timeout, fresh.request_timeout);
  EXPECT_EQ(copy.persist_interval, fresh.persist_interval);
  EXPECT_EQ(copy.immediate_timeout, fresh.immediate_timeout);
  EXPECT_EQ(copy.flush_interval, fresh.flush_interval);
  EXPECT_EQ(copy.backoff_initial, fresh.backoff_initial);
  EXPECT_EQ(copy.backoff_max, fresh.backoff_max);
  EXPECT_EQ(copy.max_retry_after, fresh.max_retry_after);
  EXPECT_EQ(copy.credentials_retry, fresh.credentials_retry);
  EXPECT_EQ(copy.unknown_user_retry, fresh.unknown_user_retry);
  EXPECT_EQ(copy.max_event_bytes, fresh.max_event_bytes);
  EXPECT_EQ(copy.max_volatile_events, fresh.max_volatile_events);
  EXPECT_EQ(copy.intake_bytes, fresh.intake_bytes);
  EXPECT_EQ(copy.batch_events, fresh.batch_events);
  EXPECT_EQ(copy.max_in_flight, fresh.max_in_flight);
  EXPECT_EQ(copy.outcome_capacity, fresh.outcome_capacity);
  EXPECT_EQ(copy.thread_stack_bytes, fresh.thread_stack_bytes);
  EXPECT_EQ(copy.log_level, fresh.log_level);
  EXPECT_EQ(copy.http_version, fresh.http_version);
  EXPECT_EQ(copy.durability, fresh.durability);
  EXPECT_EQ(copy.consent_policy, fresh.consent_policy);
  EXPECT_EQ(copy.monitor_network, fresh.monitor_network);
  EXPECT_EQ(copy.crash_safe_intake, fresh.crash_safe_intake);
  EXPECT_EQ(copy.delivered_outcomes, fresh.delivered_outcomes);
  EXPECT_FALSE(copy.allow_plain_http || copy.memory_fallback || copy.store_only || copy.pump);
  EXPECT_FALSE(copy.on_outcome || copy.on_log);
}

TEST(AgentCConfig, EveryFieldArrives) {
  emb_config config = Initialised();
  const emb_header headers[] = {
      {sizeof(emb_header), 0, "X-One", EMB_TERMINATED, "1", EMB_TERMINATED},
      {sizeof(emb_header), 0, "X-Two-cut", 5, "two-cut", 3}};
  const emb_prop props[] = {emb_prop_string("build", "7"), emb_prop_int("n", 3)};
  config.extra_headers = headers;
  config.extra_headers_count = 2;
  config.common_props = props;
  config.common_props_count = 2;
  config.project_id = "pr_cut here";
  config.project_id_size = 6;
  config.memory_folder = "/run";
  config.max_events = 0;
  config.max_dead_letters = 5;
  config.max_age_hours = 48;
  config.batch_events = 9;
  config.log_level = EMB_LOG_LEVEL_ERROR;
  config.http_version = EMB_HTTP_VERSION_HTTP1;
  config.consent_policy = EMB_CONSENT_POLICY_REQUIRED;
  config.pump = 2;
  Config copy;
  ASSERT_TRUE(c::ToConfig(&config, &copy).ok());
  ASSERT_EQ(copy.extra_headers.size(), 2u);
  EXPECT_EQ(copy.extra_headers[1].first, "X-Two");
  EXPECT_EQ(copy.extra_headers[1].second, "two");
  ASSERT_EQ(copy.common_props.size(), 2u);
  EXPECT_EQ(copy.common_props.data()[0].value.text(), "7");
  EXPECT_EQ(copy.project_id, "pr_cut");
  EXPECT_EQ(copy.memory_folder, "/run");
  EXPECT_EQ(copy.max_events, 0u) << "0 is a number like any other";
  EXPECT_EQ(copy.max_dead_letters, 5u);
  EXPECT_FALSE(copy.max_store_bytes.has_value());
  EXPECT_EQ(copy.max_age, std::chrono::hours(48));
  EXPECT_FALSE(copy.unknown_user_max_age.has_value());
  EXPECT_EQ(copy.batch_events, 9u);
  EXPECT_EQ(copy.log_level, LogLevel::kError);
  EXPECT_EQ(copy.http_version, HttpVersion::kHttp1);
  EXPECT_EQ(copy.consent_policy, ConsentPolicy::kRequired);
  EXPECT_TRUE(copy.pump);
}

TEST_F(AgentC, AnOtherAbiVersionIsRefused) {
  config_.abi_version = EMB_ABI_VERSION + 1;
  EXPECT_EQ(RefusedStart(), EMB_STATUS_INVALID_ARGUMENT);
  EXPECT_NE(said().find("abi_version"), std::string::npos) << said();
  EXPECT_EQ(agent_, nullptr);
  config_.abi_version = 0;
  EXPECT_EQ(RefusedStart(), EMB_STATUS_INVALID_ARGUMENT);
  EXPECT_NE(said().find("call emb_config_init"), std::string::npos) << said();
  EXPECT_EQ(emb_abi_version(), EMB_ABI_VERSION);
  EXPECT_STREQ(emb_version(), kVersion);
}

// A host whose header had no bounds yet.
TEST_F(AgentC, AnOlderHostsSmallerConfigHasDefaultsForTheRest) {
  config_.struct_size = offsetof(emb_config, max_events);
  std::memset(reinterpret_cast<char*>(&config_) + config_.struct_size, 0xff,
              sizeof config_ - config_.struct_size);
  Start();
  emb_stats stats;
  stats.struct_size = sizeof stats;
  ASSERT_EQ(emb_get_stats(agent_, &stats, nullptr), EMB_STATUS_OK);
  EXPECT_GE(stats.intake_bytes, 1u << 20);
}

TEST_F(AgentC, ANewerHostsLargerConfigIsTakenIfItSetsNothingNew) {
  struct {
    emb_config config;
    std::uint64_t later[2];
  } larger = {config_, {0, 0}};
  larger.config.struct_size = sizeof larger;
  ASSERT_EQ(emb_start(&larger.config, &agent_, &status_), EMB_STATUS_OK) << said();
  emb_destroy(agent_);
  larger.later[1] = 1;
  EXPECT_EQ(emb_start(&larger.config, &agent_, &status_), EMB_STATUS_INVALID_ARGUMENT);
  EXPECT_NE(said().find("config sets a field that this library"), std::string::npos) << said();
  EXPECT_EQ(agent_, nullptr);
}

TEST_F(AgentC, TheInitialiserWritesNoMoreThanTheHostHas) {
  struct {
    emb_config config;
    std::uint64_t behind;
  } host{};
  host.behind = 42;
  const std::uint32_t smaller = offsetof(emb_config, pump);
  host.config.pump = 42;
  ASSERT_EQ(emb_config_init(&host.config, smaller, EMB_ABI_VERSION), EMB_STATUS_OK);
  EXPECT_EQ(host.config.struct_size, smaller);
  EXPECT_EQ(host.config.pump, 42);
  ASSERT_EQ(emb_config_init(&host.config, sizeof host, EMB_ABI_VERSION), EMB_STATUS_OK);
  EXPECT_EQ(host.behind, 0u) << "a newer host's fields begin as 0";
  for (const std::uint32_t wrong : {0u, 4u, 12u, 1u << 20}) {
    EXPECT_EQ(emb_config_init(&host.config, wrong, EMB_ABI_VERSION), EMB_STATUS_INVALID_ARGUMENT);
  }
  EXPECT_EQ(emb_config_init(nullptr, 8, EMB_ABI_VERSION), EMB_STATUS_INVALID_ARGUMENT);
}

TEST_F(AgentC, OutputsOfOtherSizesAreWrittenWithinTheirs) {
  Start();
  struct {
    emb_stats stats;
    std::uint64_t later;
  } newer;
  std::memset(&newer, 0xff, sizeof newer);
  newer.stats.struct_size = sizeof newer;
  ASSERT_EQ(emb_get_stats(agent_, &newer.stats, nullptr), EMB_STATUS_OK);
  EXPECT_EQ(newer.stats.struct_size, sizeof newer);
  EXPECT_EQ(newer.later, 0u);
  EXPECT_EQ(newer.stats.ledger.struct_size, sizeof(emb_ledger));
  emb_stats older;
  std::memset(&older, 0xff, sizeof older);
  older.struct_size = offsetof(emb_stats, reason);
  ASSERT_EQ(emb_get_stats(agent_, &older, nullptr), EMB_STATUS_OK);
  EXPECT_EQ(older.ledger.pending, 0u);
  EXPECT_EQ(older.taken_over, ~std::uint64_t{0}) << "that was not the host's";
}

TEST_F(AgentC, AForgottenStructSizeIsRefusedByName) {
  Start();
  emb_stats stats{};
  EXPECT_EQ(emb_get_stats(agent_, &stats, &status_), EMB_STATUS_INVALID_ARGUMENT);
  EXPECT_NE(said().find("stats->struct_size is 0"), std::string::npos) << said();
  emb_event_options options{};
  EXPECT_EQ(emb_track(agent_, "tick", nullptr, 0, &options, &status_), EMB_STATUS_INVALID_ARGUMENT);
  EXPECT_NE(said().find("options->struct_size"), std::string::npos) << said();
  emb_status unset{};
  EXPECT_EQ(emb_track(agent_, "tick", nullptr, 0, nullptr, &unset), EMB_STATUS_INVALID_ARGUMENT);
  emb_flush_result result{};
  EXPECT_EQ(emb_persist(agent_, 1000, &result, &status_), EMB_STATUS_INVALID_ARGUMENT);
  emb_purge_result purged{};
  EXPECT_EQ(emb_purge(agent_, &purged, 1000, &status_), EMB_STATUS_INVALID_ARGUMENT);
  emb_outcome outcome{};
  std::uint64_t count = 7;
  EXPECT_EQ(emb_poll_outcomes(agent_, &outcome, 1, &count, &status_), EMB_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(count, 0u);
  stats.struct_size = sizeof stats;
  ASSERT_EQ(emb_get_stats(agent_, &stats, nullptr), EMB_STATUS_OK);
  EXPECT_EQ(stats.ledger.accepted, 0u) << "none of these did anything";
}

TEST_F(AgentC, NoPointerIsRefusedByNameAndCrashesNothing) {
  Start();
  emb_agent *const none = nullptr, *unused = nullptr;
  emb_inspection inspection;
  inspection.struct_size = sizeof inspection;
  emb_dead_letter_list* list = nullptr;
  std::uint64_t number = 0;
  std::int32_t consent = 0;
  emb_status* const s = &status_;
  const std::vector<std::pair<const char*, std::function<std::int32_t()>>> calls = {
      {"config", [&] { return emb_start(nullptr, &unused, s); }},
      {"agent", [&] { return emb_start(&config_, nullptr, s); }},
      {"agent", [&] { return emb_shutdown(none, 0, nullptr, s); }},
      {"agent", [&] { return emb_track(none, "a", nullptr, 0, nullptr, s); }},
      {"agent", [&] { return emb_track_n(none, "a", 1, nullptr, 0, nullptr, s); }},
      {"agent", [&] { return emb_identify(none, "a", "b", s); }},
      {"agent", [&] { return emb_identify_n(none, "a", 1, "b", 1, s); }},
      {"agent", [&] { return emb_identify_prop(none, nullptr, s); }},
      {"agent", [&] { return emb_reset(none, s); }},
      {"agent", [&] { return emb_persist(none, 0, nullptr, s); }},
      {"agent", [&] { return emb_flush(none, 0, nullptr, s); }},
      {"agent", [&] { return emb_suspend(none, 0, nullptr, s); }},
      {"agent", [&] { return emb_pause(none, s); }},
      {"agent", [&] { return emb_resume(none, s); }},
      {"agent", [&] { return emb_set_network_state(none, 0, s); }},
      {"agent", [&] { return emb_set_api_key(none, "k", s); }},
      {"agent", [&] { return emb_set_api_key_n(none, "k", 1, s); }},
      {"agent", [&] { return emb_set_wall_clock(none, 0, s); }},
      {"agent", [&] { return emb_pump(none, 0, nullptr, s); }},
      {"agent", [&] { return emb_set_consent(none, 0, nullptr, 0, s); }},
      {"agent", [&] { return emb_get_consent(none, &consent, s); }},
      {"agent", [&] { return emb_poll_outcomes(none, nullptr, 0, &number, s); }},
      {"agent", [&] { return emb_poll_log(none, nullptr, 0, &number, s); }},
      {"agent", [&] { return emb_get_stats(none, nullptr, s); }},
      {"agent", [&] { return emb_dead_letters(none, &list, 1, 0, 0, s); }},
      {"agent", [&] { return emb_requeue(none, 0, nullptr, 0, s); }},
      {"agent", [&] { return emb_purge(none, nullptr, 0, s); }},
      {"props", [&] { return emb_track(agent_, "a", nullptr, 1, nullptr, s); }},
      {"identifier", [&] { return emb_identify_prop(agent_, nullptr, s); }},
      {"consent", [&] { return emb_get_consent(agent_, nullptr, s); }},
      {"count", [&] { return emb_poll_outcomes(agent_, nullptr, 0, nullptr, s); }},
      {"out", [&] { return emb_poll_log(agent_, nullptr, 1, &number, s); }},
      {"stats", [&] { return emb_get_stats(agent_, nullptr, s); }},
      {"list", [&] { return emb_dead_letters(agent_, nullptr, 1, 0, 0, s); }},
      {"list", [&] { return emb_inspect_dead_letters(&config_, nullptr, 1, 0, s); }},
      {"config", [&] { return emb_inspect_dead_letters(nullptr, &list, 1, 0, s); }},
      {"out", [&] { return emb_inspect(path_.c_str(), nullptr, nullptr, s); }},
      {"config", [&] { return emb_store_path(nullptr, nullptr, 0, &number, s); }},
      {"path", [&] { return emb_store_path(&config_, nullptr, 0, &number, s); }},
      {"list", [&] { return emb_dead_letter_list_get(nullptr, 0, nullptr, s); }},
      {"list", [&] { return emb_process_list_get(nullptr, 0, nullptr, s); }},
  };
  for (const auto& [name, call] : calls) {
    status_.code = 77;
    EXPECT_EQ(call(), EMB_STATUS_INVALID_ARGUMENT) << name;
    EXPECT_EQ(status_.code, EMB_STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(said(), std::string(name) + " is NULL");
  }
  EXPECT_EQ(number, path_.size()) << "the path's size is told all the same";
  emb_destroy(nullptr);
  emb_dead_letter_list_free(nullptr);
  emb_process_list_free(nullptr);
  EXPECT_EQ(emb_dead_letter_list_size(nullptr) + emb_process_list_size(nullptr), 0u);
  EXPECT_STREQ(emb_status_message(nullptr), "");
  EXPECT_EQ(emb_ledger_dropped_total(nullptr), 0u);
  EXPECT_EQ(emb_ledger_balanced(nullptr), 0);
  // The last argument may be missing everywhere.
  EXPECT_EQ(emb_reset(nullptr, nullptr), EMB_STATUS_INVALID_ARGUMENT);
}

TEST_F(AgentC, TextsHaveASizeOrEndWithANul) {
  std::string_view text;
  EXPECT_TRUE(c::ToText("abc", 2, "x", &text).ok());
  EXPECT_EQ(text, "ab");
  EXPECT_TRUE(c::ToText("abc", EMB_TERMINATED, "x", &text).ok());
  EXPECT_EQ(text, "abc");
  EXPECT_TRUE(c::ToText(nullptr, EMB_TERMINATED, "x", &text).ok());
  EXPECT_TRUE(text.empty());
  EXPECT_TRUE(c::ToText(nullptr, 0, "x", &text).ok());
  EXPECT_FALSE(c::ToText(nullptr, 3, "x", &text).ok());
  EXPECT_FALSE(c::ToText("abc", std::uint64_t{1} << 63, "x", &text).ok());
}

TEST_F(AgentC, PropsOfEveryTypeArrive) {
  const emb_prop props[] = {emb_prop_null("a"),
                            emb_prop_bool("b", 5),
                            emb_metric(emb_prop_int("c", std::numeric_limits<int64_t>::min())),
                            emb_prop_uint("d", std::numeric_limits<uint64_t>::max()),
                            emb_prop_double("e", 0.5),
                            emb_dimension(emb_prop_string("f", "täxt")),
                            emb_prop_raw("g", "[1]")};
  c::PropArray list;
  ASSERT_TRUE(list.Read(props, 7).ok());
  const Prop* const p = list.view().begin();
  ASSERT_EQ(list.view().size(), 7u);
  EXPECT_EQ(p[0].value.type(), Value::Type::kNull);
  EXPECT_TRUE(p[1].value.as_bool());
  EXPECT_EQ(p[2].value.as_int(), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(p[2].group, Prop::Group::kMetric);
  EXPECT_EQ(p[3].value.as_uint(), std::numeric_limits<uint64_t>::max());
  EXPECT_EQ(p[4].value.as_double(), 0.5);
  EXPECT_EQ(p[5].value.text(), "täxt");
  EXPECT_EQ(p[5].group, Prop::Group::kDimension);
  EXPECT_EQ(p[6].value.type(), Value::Type::kRaw);
  EXPECT_EQ(p[6].key, "g");
}

TEST_F(AgentC, AnArrayOfANewerHostsPropsIsReadByItsStride) {
  struct Newer {
    emb_prop prop;
    std::uint64_t later;
  } newer[2] = {{emb_prop_int("a", 1), 0}, {emb_prop_int("b", 2), 0}};
  newer[0].prop.struct_size = newer[1].prop.struct_size = sizeof(Newer);
  c::PropArray list;
  ASSERT_TRUE(list.Read(&newer[0].prop, 2).ok());
  EXPECT_EQ(list.view().begin()[1].key, "b");
  newer[1].later = 1;
  c::PropArray refused;
  EXPECT_FALSE(refused.Read(&newer[0].prop, 2).ok());
  newer[1].later = 0;
  newer[1].prop.struct_size = sizeof(emb_prop);
  c::PropArray mixed;
  EXPECT_FALSE(mixed.Read(&newer[0].prop, 2).ok());
}

TEST_F(AgentC, AMistakeInAnEventIsNamed) {
  Start();
  const auto refused = [&](const emb_prop& prop, const char* words) {
    EXPECT_EQ(emb_track(agent_, "tick", &prop, 1, nullptr, &status_), EMB_STATUS_INVALID_ARGUMENT);
    EXPECT_NE(said().find(words), std::string::npos) << said();
  };
  emb_prop prop = emb_prop_int("n", 1);
  prop.type = 99;
  refused(prop, "type");
  prop = emb_prop_int("n", 1);
  prop.group = -1;
  refused(prop, "group");
  refused(emb_prop_raw("n", "{"), "n");
  refused(emb_prop_int(nullptr, 1), "key");
  emb_event_options options = EMB_EVENT_OPTIONS_INIT;
  options.priority = 256;
  EXPECT_EQ(emb_track(agent_, "tick", nullptr, 0, &options, &status_), EMB_STATUS_INVALID_ARGUMENT);
  EXPECT_NE(said().find("priority"), std::string::npos) << said();
  EXPECT_EQ(emb_event_options_init(&options, sizeof options), EMB_STATUS_OK);
  options.time_ms = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(emb_track(agent_, "tick", nullptr, 0, &options, &status_), EMB_STATUS_INVALID_ARGUMENT);
  EXPECT_NE(said().find("time_ms"), std::string::npos) << said();
  EXPECT_EQ(emb_track(agent_, "Not Snake", nullptr, 0, nullptr, &status_),
            EMB_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(emb_track(agent_, nullptr, nullptr, 0, nullptr, &status_), EMB_STATUS_INVALID_ARGUMENT);
}

TEST_F(AgentC, MorePropsThanAnEventMayHaveAreRefusedAsInCpp) {
  Start();
  std::vector<std::string> keys;
  for (int i = 0; i < 300; ++i) keys.push_back("k" + std::to_string(i));
  std::vector<emb_prop> props;
  std::vector<Prop> cpp_props;
  for (const std::string& key : keys) {
    props.push_back(emb_prop_int(key.c_str(), 1));
    cpp_props.emplace_back(key, 1);
  }
  EXPECT_EQ(emb_track(agent_, "tick", props.data(), 64, nullptr, &status_), EMB_STATUS_OK)
      << said();
  EXPECT_EQ(emb_track(agent_, "tick", props.data(), 65, nullptr, &status_),
            EMB_STATUS_INVALID_ARGUMENT);
  const std::string words = said();
  EXPECT_EQ(emb_track(agent_, "tick", props.data(), 300, nullptr, &status_),
            EMB_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(said(), words);
  Config config;
  config.store_path = directory_ / "other.db";
  config.store_only = true;
  std::unique_ptr<Agent> agent;
  ASSERT_TRUE(Agent::Start(config, &agent).ok());
  EXPECT_EQ(agent->Track("tick", cpp_props).message(), words);
}

TEST_F(AgentC, NumbersThatConfigCannotHoldAreRefusedByName) {
  const auto refused = [&](auto emb_config::*field, std::int32_t wrong, const char* name) {
    const auto right = config_.*field;
    config_.*field = wrong;
    EXPECT_EQ(RefusedStart(), EMB_STATUS_INVALID_ARGUMENT) << name;
    EXPECT_NE(said().find(name), std::string::npos) << said();
    config_.*field = right;
  };
  refused(&emb_config::http_version, 2, "http_version");
  refused(&emb_config::durability, -1, "durability");
  refused(&emb_config::consent_policy, 3, "consent_policy");
  refused(&emb_config::log_level, 4, "log_level");
  refused(&emb_config::max_events, -1, "max_events");
  refused(&emb_config::max_age_hours, -5, "max_age_hours");
  refused(&emb_config::connect_timeout_ms, 0, "connect_timeout");
  config_.extra_headers_count = 1;
  EXPECT_EQ(RefusedStart(), EMB_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(said(), "config->extra_headers is NULL");
  config_.extra_headers_count = 0;
  Start();
  EXPECT_EQ(emb_set_network_state(agent_, 256, nullptr), EMB_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(emb_set_consent(agent_, -1, nullptr, 0, nullptr), EMB_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(emb_set_wall_clock(agent_, std::numeric_limits<std::int64_t>::max(), nullptr),
            EMB_STATUS_INVALID_ARGUMENT);
}

TEST_F(AgentC, TrackIdentifyAndResetAllocateNothing) {
  if (!kCountsAllocations) GTEST_SKIP() << "sanitizers have allocators of their own";
  Start();
  std::vector<emb_prop> props;
  std::vector<std::string> keys;
  for (int i = 0; i < 64; ++i) keys.push_back("k" + std::to_string(i));
  for (const std::string& key : keys) props.push_back(emb_prop_string(key.c_str(), "text"));
  const emb_prop person = emb_prop_string("email", "a@b.c");
  emb_event_options options = EMB_EVENT_OPTIONS_INIT;
  options.identifier = &person;
  const std::size_t before = AllocationsOfThisThread();
  int codes = 0;
  for (int i = 0; i < 100; ++i) {
    codes += emb_track(agent_, "level_complete", props.data(), 64, &options, &status_);
    codes += emb_identify(agent_, "email", "a@b.c", &status_);
    codes += emb_reset(agent_, &status_);
  }
  EXPECT_EQ(AllocationsOfThisThread(), before);
  EXPECT_EQ(codes, 0);
}

TEST(AgentCNames, AreThoseOfCppAndUnknownForOtherNumbers) {
  EXPECT_STREQ(emb_status_name(EMB_STATUS_OK), "ok");
  EXPECT_STREQ(emb_status_name(EMB_STATUS_OUT_OF_MEMORY), "out_of_memory");
  EXPECT_STREQ(emb_drop_reason_name(EMB_DROP_REASON_ROW_BOUND), "row_bound");
  EXPECT_STREQ(emb_waiting_for_name(EMB_WAITING_FOR_OTHER_PROCESS), "other_process");
  EXPECT_STREQ(emb_outcome_kind_name(EMB_OUTCOME_KIND_STORE_FILE), "store_file");
  for (const std::int32_t none : {-1, 255, 256, 300}) {
    EXPECT_STREQ(emb_status_name(none), "unknown");
    EXPECT_STREQ(emb_drop_reason_name(none), "unknown");
    EXPECT_STREQ(emb_waiting_for_name(none), "unknown");
    EXPECT_STREQ(emb_outcome_kind_name(none), "unknown");
  }
}

}  // namespace
}  // namespace embeddables::test
