#include "agent/store/settings.h"

#include <algorithm>
#include <chrono>
#include <string_view>

#include "agent/store/pages.h"
#include "agent/store/store_reserve.h"

namespace embeddables {
namespace {

constexpr std::int64_t kMiB = 1 << 20;
constexpr std::int64_t kMost = std::int64_t{1} << 53;
constexpr std::int64_t kMostHours = 24 * 36'500;
constexpr std::int64_t kHourMs = 60 * 60'000;
// The log's bound, which the rows leave free twice.
constexpr std::uint64_t kLogBytes = 1024 * kPageBytes;

enum : std::size_t {
  kMaxEvents,
  kMaxStoreBytes,
  kMinFreeBytes,
  kMaxDeadLetters,
  kMaxAge,
  kUnidentifiedMaxAge,
  kUnknownUserMaxAge,
  kConsentRequired,
};

struct Kind {
  const char* name;
  std::int64_t least, most;
  const char* unit;
};
constexpr Kind kKinds[Settings::kCount] = {
    {"max_events", 1, kMost, ""},
    {"max_store_bytes", kMiB, kMost, ""},
    {"min_free_bytes", 0, std::int64_t{1} << 62, ""},
    {"max_dead_letters", 0, kMost, ""},
    {"max_age", 1, kMostHours, " hours"},
    {"unidentified_max_age", 1, kMostHours, " hours"},
    {"unknown_user_max_age", 0, kMostHours, " hours"},
    {"consent_required", 0, 1, ""},
};
// Says that the file has been taken stock of.
constexpr char kMark[] = "settings";

std::int64_t InRange(std::size_t which, std::int64_t value) {
  return std::clamp(value, kKinds[which].least, kKinds[which].most);
}

std::optional<std::int64_t> Of(const std::optional<std::uint64_t>& number) {
  if (!number.has_value()) return std::nullopt;
  return static_cast<std::int64_t>(std::min<std::uint64_t>(*number, std::uint64_t{1} << 62));
}

std::optional<std::int64_t> Of(const std::optional<std::chrono::hours>& age) {
  if (!age.has_value()) return std::nullopt;
  return age->count();
}

std::optional<std::int64_t> Of(ConsentPolicy policy) {
  if (policy == ConsentPolicy::kAsStored) return std::nullopt;
  return policy == ConsentPolicy::kRequired ? 1 : 0;
}

Settings::Values Named(const Config& config) {
  return {
      Of(config.max_events),           Of(config.max_store_bytes), Of(config.min_free_bytes),
      Of(config.max_dead_letters),     Of(config.max_age),         Of(config.unidentified_max_age),
      Of(config.unknown_user_max_age), Of(config.consent_policy)};
}

// A damaged or foreign hand may have left anything. A bound that nobody can have named would drop
// what the store holds; consent that somebody required must not be lost.
std::optional<std::int64_t> Read(std::size_t which, bool number, std::int64_t value) {
  if (which == kConsentRequired) return number && value == 0 ? 0 : 1;
  if (!number || value != InRange(which, value)) return std::nullopt;
  return value;
}

// `keys`: a list as SQL has it.
bool ReadKeys(Database* database, const std::string& keys, Settings::Noted* noted) {
  const std::string sql =
      "SELECT key,value,typeof(value)='integer' FROM meta WHERE key IN (" + keys + ")";
  Statement read;
  if (!read.Prepare(database, sql.c_str())) return false;
  while (read.Next()) {
    const std::string_view name = read.Bytes(0);
    noted->any = noted->any || name == kMark;
    for (std::size_t i = 0; i < Settings::kCount; ++i) {
      if (name == kKinds[i].name) noted->values[i] = Read(i, read.Int(2) != 0, read.Int(1));
    }
  }
  return !read.failed();
}

bool IsStricter(std::size_t which, std::int64_t value, std::int64_t than) {
  return which == kMinFreeBytes || which == kConsentRequired ? value > than : value < than;
}

std::string Words(std::size_t which, std::int64_t before, std::int64_t value, const char* by) {
  if (which == kConsentRequired) {
    return std::string(by) + ": nothing is sent from this store before consent is given";
  }
  const Kind& kind = kKinds[which];
  const char* const end =
      which == kMaxDeadLetters      ? "; the oldest dead letters over it are forgotten"
      : which == kUnknownUserMaxAge ? "; events that have waited longer become dead letters"
                                    : "; what is over it is dropped and counted";
  return std::string(by) + ": " + kind.name + " of the store is " + std::to_string(value) +
         kind.unit + " from now on, and was " + std::to_string(before) + kind.unit + end;
}

// In whole hours, so that nothing is older.
std::int64_t Hours(const AgeClock& age, std::int64_t since) {
  const std::int64_t passed = age.Now() - AgeOf(since);
  return passed <= 0 ? 0 : (passed + kHourMs - 1) / kHourMs;
}

}  // namespace

Settings::Numbers Settings::ToNumbers(const InForce& values) {
  return {static_cast<std::int64_t>(values.max_events),
          static_cast<std::int64_t>(values.max_store_bytes),
          static_cast<std::int64_t>(values.min_free_bytes),
          static_cast<std::int64_t>(values.max_dead_letters),
          values.max_age.count(),
          values.unidentified_max_age.count(),
          values.unknown_user_max_age.count(),
          values.consent_required ? 1 : 0};
}

InForce Settings::ToInForce(const Numbers& any) {
  Numbers numbers;
  for (std::size_t i = 0; i < kCount; ++i) numbers[i] = InRange(i, any[i]);
  InForce values;
  values.max_events = static_cast<std::uint64_t>(numbers[kMaxEvents]);
  values.max_store_bytes = static_cast<std::uint64_t>(numbers[kMaxStoreBytes]);
  values.min_free_bytes = static_cast<std::uint64_t>(numbers[kMinFreeBytes]);
  values.max_dead_letters = static_cast<std::uint64_t>(numbers[kMaxDeadLetters]);
  values.max_age = std::chrono::hours(numbers[kMaxAge]);
  values.unidentified_max_age = std::chrono::hours(numbers[kUnidentifiedMaxAge]);
  values.unknown_user_max_age = std::chrono::hours(numbers[kUnknownUserMaxAge]);
  values.consent_required = numbers[kConsentRequired] != 0;
  return values;
}

bool Settings::ReadFrom(Database* database, Noted* noted) {
  return ReadKeys(database,
                  "'settings','max_events','max_store_bytes','min_free_bytes','max_dead_letters',"
                  "'max_age','unidentified_max_age','unknown_user_max_age','consent_required'",
                  noted);
}

// `value` empty: nobody has said anything.
void Settings::Take(std::size_t which, std::optional<std::int64_t> value, const char* by) {
  Numbers numbers = ToNumbers(in_force_);
  const std::int64_t before = numbers[which];
  said_[which] = value;
  numbers[which] = value.value_or(ToNumbers(unsaid_)[which]);
  in_force_ = ToInForce(numbers);
  if (by != nullptr && IsStricter(which, numbers[which], before)) {
    remarks_.push_back(Words(which, before, numbers[which], by));
  }
}

void Settings::Learn(const Noted& noted) {
  for (std::size_t i = 0; i < kCount; ++i) {
    const bool kept = owed_[i] || (!noted.any && !noted.values[i].has_value());
    if (!kept) Take(i, noted.values[i], learnt_ ? "another process" : nullptr);
  }
  learnt_ = true;
  file_says_ = noted.any;
}

bool Settings::TakeStock(const AgeClock& age) {
  if (file_says_) return true;
  Values held;
  std::int64_t pages = 0;
  if (!db_.Ask("PRAGMA page_count", &pages) ||
      !Measure(&db_, static_cast<std::uint64_t>(pages) * kPageBytes, age, &held)) {
    return false;
  }
  for (std::size_t i = 0; i < kCount; ++i) {
    if (!said_[i].has_value() && held[i].has_value()) Take(i, held[i], nullptr);
  }
  owes_stock_ = true;
  return true;
}

// Keeps only what is more than in a fresh store. An age is found by walking over all rows; an
// upgrade does that once.
bool Settings::Measure(Database* database, std::uint64_t bytes, const AgeClock& age,
                       Values* values) {
  Numbers held = {};
  Statement rows;
  std::int64_t unknown_since = 0;
  if (!rows.Prepare(database,
                    "SELECT COUNT(*),MIN(born),MIN(CASE WHEN identity IN (SELECT id FROM identity"
                    " WHERE key IS NULL) THEN born END) FROM event") ||
      !rows.Next()) {
    return false;
  }
  held[kMaxEvents] = rows.Int(0);
  if (!rows.IsNull(1)) held[kMaxAge] = Hours(age, rows.Int(1));
  if (!rows.IsNull(2)) held[kUnidentifiedMaxAge] = Hours(age, rows.Int(2));
  rows.Reset();
  if (!database->Ask("SELECT COUNT(*) FROM dead_letter", &held[kMaxDeadLetters]) ||
      !database->Ask("SELECT ifnull(MIN(not_found_since),0) FROM identity WHERE not_found_since>0",
                     &unknown_since)) {
    return false;
  }
  if (unknown_since > 0) held[kUnknownUserMaxAge] = Hours(age, unknown_since);
  held[kMaxStoreBytes] = static_cast<std::int64_t>(bytes + 2 * kLogBytes + StoreReserve::kBytes);
  const Numbers fresh = ToNumbers(InForce());
  for (std::size_t i = 0; i < kCount; ++i) {
    if (held[i] > fresh[i]) (*values)[i] = InRange(i, held[i]);
  }
  return true;
}

void Settings::Name() {
  const Values now = Named(config_);
  for (std::size_t i = 0; i < kCount; ++i) {
    if (now[i] == named_[i] || !now[i].has_value()) continue;
    owed_[i] = said_[i] != now[i];
    if (owed_[i]) Take(i, now[i], "this process");
  }
  named_ = now;
}

void Settings::RequireConsent() {
  unsaid_.consent_required = true;
  Take(kConsentRequired, said_[kConsentRequired], nullptr);
}

void Settings::RequireFor(const char* who) {
  if (config_.consent_policy == ConsentPolicy::kNotRequired) return;
  owed_[kConsentRequired] = said_[kConsentRequired] != 1;
  Take(kConsentRequired, 1, who);
}

bool Settings::owes_named() const {
  return std::find(owed_.begin(), owed_.end(), true) != owed_.end();
}

bool Settings::Write(Database* database, std::size_t which, std::int64_t value, const char* how) {
  Statement write;
  return write.Prepare(database, how) && write.Bind(std::string(kKinds[which].name), value).Run();
}

// Another process may have taken stock first: its word stands, except for what was named here.
bool Settings::WriteOwed() {
  constexpr char kSet[] = "INSERT OR REPLACE INTO meta(key,value) VALUES(?1,?2)";
  Noted now;
  if (owes_stock_ && !Read(&now)) return false;
  const bool stock = owes_stock_ && !now.any;
  for (std::size_t i = 0; i < kCount; ++i) {
    if (!owed_[i] && !(stock && said_[i].has_value())) continue;
    if (!Write(&db_, i, *said_[i], kSet)) return false;
  }
  return !stock || db_.Execute("INSERT OR REPLACE INTO meta(key,value) VALUES('settings',1)");
}

void Settings::Paid() {
  file_says_ = file_says_ || owes_stock_;
  owes_stock_ = false;
  owed_ = {};
}

void Settings::Owe(const Settings& other) {
  for (std::size_t i = 0; i < kCount; ++i) {
    if (said_[i].has_value() || !other.said_[i].has_value()) continue;
    Take(i, other.said_[i], "the store that was moved here");
    owed_[i] = true;
  }
}

// One page that cannot be read takes only its own values along. The disk may be able to read a
// moment later what it could not read at once.
bool Settings::ReadDamaged(Database* old, std::uint64_t bytes, const AgeClock& age, Noted* noted) {
  const auto read = [&](const std::string& key) {
    return ReadKeys(old, "'" + key + "'", noted) || ReadKeys(old, "'" + key + "'", noted);
  };
  bool last = read(kMark);
  for (const Kind& kind : kKinds) last = read(kind.name);
  const bool consent = read("consent") && last;
  Values held;
  if (noted->any || !Measure(old, bytes, age, &held)) return consent;
  for (std::size_t i = 0; i < kCount; ++i) {
    if (!noted->values[i].has_value()) noted->values[i] = held[i];
  }
  return consent;
}

void Settings::Require(Noted* noted) { noted->values[kConsentRequired] = 1; }

bool Settings::Adopt(const Noted& noted, Database* fresh) {
  constexpr char kAdd[] = "INSERT OR IGNORE INTO meta(key,value) VALUES(?1,?2)";
  for (std::size_t i = 0; i < kCount; ++i) {
    if (noted.values[i].has_value() && !Write(fresh, i, *noted.values[i], kAdd)) return false;
  }
  return !noted.any || fresh->Execute("INSERT OR IGNORE INTO meta(key,value) VALUES('settings',1)");
}

}  // namespace embeddables
