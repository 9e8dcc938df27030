// A store whose settings are named, forgotten and compared.

#ifndef EMBEDDABLES_TESTS_SUPPORT_SETTINGS_FIXTURE_H_
#define EMBEDDABLES_TESTS_SUPPORT_SETTINGS_FIXTURE_H_

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "agent/store/settings.h"
#include "agent/store/store.h"
#include "agent/store/store_sql.h"
#include "embeddables/agent.h"
#include "tests/support/in_force.h"
#include "tests/support/store_fixture.h"

namespace embeddables::test {

constexpr std::int64_t kHourMs = 60 * 60'000;

class SettingsTest : public StoreTest {
 protected:
  static InForce InForceIn(Store* store) { return store->settings().in_force(); }

  // All at once; `options` and the text are the same for each.
  void AppendMany(int count, std::size_t bytes_of_text = 0, const EventOptions& options = {}) {
    const std::string record = Encode("many", options, bytes_of_text);
    ASSERT_TRUE(store_->inbox().Begin(record.size()));
    for (int i = 0; i < count; ++i) ASSERT_TRUE(Append(record));
    ASSERT_TRUE(store_->inbox().Commit()) << store_->message();
  }

  static void ExpireAll(Store* store) {
    for (bool more = true; more;) ASSERT_TRUE(store->ExpireSome(&more)) << store->message();
  }

  // The next Open is that of a process that names nothing.
  void OpenNamingNothing() {
    store_->Close();
    config_ = Config();
    Open();
  }

  void Sql(const std::string& sql) {
    Database database;
    ASSERT_TRUE(database.Open(path_));
    ASSERT_TRUE(database.Execute(sql)) << database.message();
    database.Close();
  }

  // As a version without settings has left it.
  void MakeEarlier() {
    store_->Close();
    config_ = Config();
    Sql("DELETE FROM meta WHERE key LIKE 'max_%' OR key LIKE '%_max_age' OR"
        " key IN ('settings','min_free_bytes','consent_required')");
  }

  std::int64_t InFile(const std::string& name) {
    Database database;
    EXPECT_TRUE(database.Open(path_));
    return database.Query(("SELECT value FROM meta WHERE key='" + name + "'").c_str(), -1);
  }

  static std::string All(const std::vector<std::string>& remarks) {
    std::string all;
    for (const std::string& remark : remarks) all += remark + "\n";
    return all;
  }
};

inline void ExpectSame(const InForce& a, const InForce& b) {
  EXPECT_EQ(a.max_events, b.max_events);
  EXPECT_EQ(a.max_store_bytes, b.max_store_bytes);
  EXPECT_EQ(a.min_free_bytes, b.min_free_bytes);
  EXPECT_EQ(a.max_dead_letters, b.max_dead_letters);
  EXPECT_EQ(a.max_age, b.max_age);
  EXPECT_EQ(a.unidentified_max_age, b.unidentified_max_age);
  EXPECT_EQ(a.unknown_user_max_age, b.unknown_user_max_age);
  EXPECT_EQ(a.consent_required, b.consent_required);
}

inline Config OthersConfig() {
  Config config;
  config.max_events = 77;
  config.max_store_bytes = 3u << 20;
  config.min_free_bytes = 0;
  config.max_dead_letters = 7;
  config.max_age = std::chrono::hours(70);
  config.unidentified_max_age = std::chrono::hours(6);
  config.unknown_user_max_age = std::chrono::hours(5);
  config.consent_policy = ConsentPolicy::kRequired;
  return config;
}

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_SUPPORT_SETTINGS_FIXTURE_H_
