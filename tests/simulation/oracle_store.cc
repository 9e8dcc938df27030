// The oracle's look into the store: what a crash, a restart or the end has left on the disk.

#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/event/event.h"
#include "tests/simulation/oracle.h"
#include "tests/support/failing_memory.h"
#include "tests/support/in_force.h"

namespace embeddables::test {
namespace {

constexpr std::int64_t kStoreRetryMs = 1'000;

std::string Text(sqlite3_stmt* row, int column) {
  const void* bytes = sqlite3_column_blob(row, column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(row, column));
  return bytes == nullptr ? std::string() : std::string(static_cast<const char*>(bytes), size);
}

template <class Take>
bool Query(sqlite3* copy, const char* sql, const Take& take) {
  sqlite3_stmt* row = nullptr;
  if (sqlite3_prepare_v2(copy, sql, -1, &row, nullptr) != SQLITE_OK) return false;
  int code = SQLITE_ROW;
  while ((code = sqlite3_step(row)) == SQLITE_ROW) take(row);
  sqlite3_finalize(row);
  return code == SQLITE_DONE;
}

// Empty: the record cannot be read.
std::string NameOf(const std::string& bytes) {
  Record record;
  return DecodeRecord(bytes, &record) ? std::string(record.name) : std::string();
}

}  // namespace

void Oracle::ReadRows(sqlite3* copy, Snapshot* snapshot) {
  Query(copy,
        "SELECT e.record,i.key,i.value,i.open FROM event e LEFT JOIN identity i ON i.id=e.identity",
        [&](sqlite3_stmt* row) {
          ++snapshot->count;
          const std::string name = NameOf(Text(row, 0));
          if (name.empty()) {
            ++snapshot->damaged_rows;
            return;
          }
          const Row found{Text(row, 1), Text(row, 2), sqlite3_column_int(row, 3) != 0};
          if (!snapshot->rows.emplace(name, found).second)
            Complain("an event is stored twice: " + name);
        });
}

bool Oracle::Read(Snapshot* snapshot) {
  if (!disk_->Has(path_)) return false;
  const FailingMemory::Healthy healthy;
  sqlite3* copy = disk_->OpenCopy(path_);
  bool sound = false;
  bool made = false;
  Query(copy, "PRAGMA integrity_check", [&](sqlite3_stmt* row) { sound = Text(row, 0) == "ok"; });
  Query(copy, "SELECT 1 FROM sqlite_master WHERE name='ledger'",
        [&](sqlite3_stmt*) { made = true; });
  if (!sound) Complain("the database is damaged");
  if (made) {
    ReadRows(copy, snapshot);
    Query(copy, "SELECT record FROM dead_letter", [&](sqlite3_stmt* row) {
      const std::string name = NameOf(Text(row, 0));
      snapshot->letters.push_back(name);
      if (snapshot->rows.count(name) != 0)
        Complain("an event is pending and a dead letter: " + name);
    });
    Ledger& ledger = snapshot->ledger;
    Query(copy,
          "SELECT accepted,delivered,rejected,dropped_row_bound,dropped_byte_bound,dropped_age,"
          "dropped_unidentified,dropped_consent,dropped_purged,dropped_volatile,dropped_damaged,"
          "dropped_store_failed FROM ledger",
          [&](sqlite3_stmt* row) {
            const auto number = [row](int i) {
              return static_cast<std::uint64_t>(sqlite3_column_int64(row, i));
            };
            ledger.accepted = number(0);
            ledger.delivered = number(1);
            ledger.rejected = number(2);
            for (int i = 0; i < static_cast<int>(kDropReasons); ++i) {
              ledger.dropped[i] = number(3 + i);
            }
          });
    Query(copy, "SELECT value FROM meta WHERE key='consent'", [&](sqlite3_stmt* row) {
      snapshot->consent = static_cast<Consent>(sqlite3_column_int(row, 0));
    });
    ReadSettings(copy, &snapshot->settings);
    ledger.pending = ledger.accepted - ledger.delivered - ledger.rejected - ledger.dropped_total();
  }
  disk_->CloseCopy(copy, path_);
  return made;
}

void Oracle::ReadSettings(sqlite3* copy, InForce* settings) {
  const auto read = [copy](const char* name, const auto& take) {
    Query(copy, ("SELECT value FROM meta WHERE key='" + std::string(name) + "'").c_str(),
          [&](sqlite3_stmt* row) { take(sqlite3_column_int64(row, 0)); });
  };
  const auto number = [&](const char* name, std::uint64_t* value) {
    read(name, [&](std::int64_t noted) { *value = static_cast<std::uint64_t>(noted); });
  };
  const auto age = [&](const char* name, std::chrono::hours* value) {
    read(name, [&](std::int64_t noted) { *value = std::chrono::hours(noted); });
  };
  number("max_events", &settings->max_events);
  number("max_store_bytes", &settings->max_store_bytes);
  number("min_free_bytes", &settings->min_free_bytes);
  number("max_dead_letters", &settings->max_dead_letters);
  age("max_age", &settings->max_age);
  age("unidentified_max_age", &settings->unidentified_max_age);
  age("unknown_user_max_age", &settings->unknown_user_max_age);
  read("consent_required", [&](std::int64_t noted) { settings->consent_required = noted != 0; });
}

// What the disk says, and what the host of this life has named.
void Oracle::LearnSettings(const Stats& stats) {
  InForce noted;
  if (!stats.store_in_memory && disk_->Has(path_)) {
    const FailingMemory::Healthy healthy;
    sqlite3* copy = disk_->OpenCopy(path_);
    ReadSettings(copy, &noted);
    disk_->CloseCopy(copy, path_);
  }
  in_force_ = InForceOf(config_, noted);
  pace_.UseSettings(in_force_);
  most_rows_ = std::max(in_force_.max_events, stats.ledger.pending);
  most_letters_ = std::max(in_force_.max_dead_letters, stats.dead_letters);
  most_bytes_ = std::max(in_force_.max_store_bytes, most_bytes_);
}

void Oracle::Inspect(bool between_lives) {
  if (store_damaged_) return;
  Snapshot snapshot;
  Read(&snapshot);
  if (snapshot.ledger.pending != snapshot.count) {
    Complain("the ledger says " + std::to_string(snapshot.ledger.pending) + " pending, rows are " +
             std::to_string(snapshot.count));
  }
  // Heirs go by what the disk says.
  std::uint64_t most = std::max(most_rows_, snapshot.settings.max_events);
  // A power cut brings back rows whose removal for a lower bound was not synced.
  const bool undone = between_lives && last_end_ == LifeEnd::kPowerCut;
  if (undone) most = std::max(most, rows_seen_);
  if (snapshot.count > most) Complain("more rows than max_events");
  rows_seen_ = undone ? snapshot.count : std::max(rows_seen_, snapshot.count);
  for (const std::string& file : disk_->Files()) {
    if (KindOf(file) == DiskFile::kAside && !was_damaged_) {
      Complain("a sound store was set aside: " + file);
    }
  }
  letters_ = snapshot.letters;
  rows_.clear();
  for (const auto& row : snapshot.rows) rows_.push_back(row.first);
  // A denial that the disk knows, and a consent after it that it does not: what was tracked in
  // between is dropped with the memory, what was said of the person with it. The rows go at the
  // next start, before anything of it can name them
  // (ConsentTest.WhatAnUnfinishedDenialLeftGoesFirst).
  const bool to_go = memory_lives_on_ && !consent_sure_ && snapshot.consent == Consent::kDenied;
  for (const auto& row : snapshot.rows) CheckRow(row.first, row.second, to_go);
  if (!between_lives) {
    CheckMissing(snapshot);
    return;
  }
  if (memory_lives_on_) CheckLedger(snapshot.ledger);
  if (memory_lives_on_ && denial_kept_ && snapshot.consent != Consent::kDenied) {
    Complain("a denial ended with the process");
  }
  accepted_on_disk_ = snapshot.ledger.accepted;
  evicted_on_disk_ = snapshot.ledger.dropped[static_cast<std::size_t>(DropReason::kRowBound)];
  consent_on_disk_ = snapshot.consent;
  CheckUnsettled(snapshot);
  CheckMissing(snapshot);
  Adopt(snapshot);
}

// Nothing was lost with the process, so nothing is missing from the ledger either.
void Oracle::CheckLedger(const Ledger& ledger) {
  // Volatile events that waited in the process's own memory ended with it, uncounted.
  const std::uint64_t most = first_.ledger.accepted + tracked_;
  std::uint64_t volatiles = 0;
  for (const auto& each : events_) {
    if (each.second.is_volatile && each.second.serial > serial_at_start_) ++volatiles;
  }
  if (ledger.accepted > most || ledger.accepted + volatiles < most) {
    Complain("accepted is " + std::to_string(ledger.accepted) + " after the end, tracked were " +
             std::to_string(most) + ", volatile " + std::to_string(volatiles));
  }
  if (ledger.delivered < last_.ledger.delivered) {
    Complain("delivered went back to " + std::to_string(ledger.delivered) + " from " +
             std::to_string(last_.ledger.delivered));
  }
}

// Whose it is must be what the host said, or, after a crash, what it had said before.
void Oracle::CheckRow(const std::string& name, const Row& row, bool to_go) {
  const auto found = events_.find(name);
  if (found == events_.end()) return Complain("an event that nobody tracked is stored: " + name);
  Event& event = found->second;
  const std::string which = "#" + std::to_string(event.serial) + " ";
  if (event.is_volatile) Complain(which + "is volatile and on the disk");
  // Settling is not synced: the power's end may undo it, and the counters with it.
  const bool undone = last_end_ == LifeEnd::kPowerCut && !event.erased;
  if (event.gone && !undone) Complain(which + "was dropped and is stored again");
  event.gone = false;
  if (first_.store_in_memory) return;
  const bool same = row.key == event.key && row.json == event.json;
  const bool not_yet = row.key.empty() && event.person_at > acknowledged_call_;
  // A removal takes the name, too; until the next commit only the process that died knew it.
  const bool lost_name = event.nameless && row.key.empty() && !row.open;
  if (!same && !not_yet && !lost_name && !(to_go && row.key.empty())) {
    Complain(which + "is stored as of " + row.key + "=" + row.json + " and is of " + event.key +
             "=" + event.json);
  }
  if (row.open && event.closed_at > 0 && event.closed_at <= acknowledged_call_) {
    Complain(which + "was tracked before a Reset and waits for the next person");
  }
}

// Delivered and still a row: it will be sent again.
void Oracle::CheckUnsettled(const Snapshot& snapshot) {
  std::uint64_t unsettled = 0;
  for (const auto& row : snapshot.rows) {
    const auto found = events_.find(row.first);
    if (found == events_.end() || !found->second.delivered) continue;
    Event& event = found->second;
    if (!event.may_repeat) ++unsettled;
    event.delivered = false;
    event.may_repeat = true;
  }
  const bool disk_was_bad = disk_bad_at_ + 2 * kStoreRetryMs > clock_.elapsed_ms();
  if (disk_was_bad || last_end_ == LifeEnd::kPowerCut) return;
  // Memory that lives on knows of it, and was taken over just now.
  const bool forgotten = last_end_ == LifeEnd::kSigkill && !memory_lives_on_;
  const std::uint64_t bound = forgotten ? 2 * config_.max_in_flight : 0;
  if (unsettled > bound) {
    Complain(std::to_string(unsettled) + " delivered events were not settled at the end");
  }
}

void Oracle::CheckMissing(const Snapshot& snapshot) {
  std::uint64_t missing = 0;
  int one = 0;
  for (const auto& each : events_) {
    const Event& event = each.second;
    if (!event.acknowledged || event.delivered || event.gone || event.damaged ||
        snapshot.rows.count(each.first) != 0 ||
        std::count(snapshot.letters.begin(), snapshot.letters.end(), each.first) != 0) {
      continue;
    }
    ++missing;
    one = event.serial;
  }
  const auto dropped = [&](DropReason reason) {
    return snapshot.ledger.dropped[static_cast<std::size_t>(reason)];
  };
  const std::uint64_t forgotten = snapshot.ledger.rejected - snapshot.letters.size();
  std::uint64_t explained = dropped(DropReason::kRowBound) + dropped(DropReason::kByteBound) +
                            dropped(DropReason::kAge) + dropped(DropReason::kUnidentified) +
                            forgotten;
  // A consent that never reached the disk allows nobody to take over what was tracked after it.
  if (memory_lives_on_ && !consent_sure_ && snapshot.consent == Consent::kDenied) {
    explained += dropped(DropReason::kConsent);
  }
  if (missing > explained && !erasing_) {
    Complain(std::to_string(missing) + " events that were acknowledged as persisted are lost, " +
             std::to_string(explained) + " are explained; one is #" + std::to_string(one));
  }
}

void Oracle::Adopt(const Snapshot& snapshot) {
  bool any_open = false;
  const std::int64_t window = ++windows_;
  for (auto& each : events_) {
    Event& event = each.second;
    event.in_flight = false;
    const auto row = snapshot.rows.find(each.first);
    if (row == snapshot.rows.end()) {
      const bool letter = std::count(snapshot.letters.begin(), snapshot.letters.end(), each.first);
      if (!event.delivered && !letter) {
        if (!event.gone && !event.is_volatile && !event.acknowledged) ++lost_at_kills_;
        event.gone = true;
      }
      continue;
    }
    event.rejected = false;
    event.key = row->second.key;
    event.json = row->second.json;
    event.window = row->second.open ? window : 0;
    event.closed_at = 0;
    any_open = any_open || row->second.open;
  }
  window_ = any_open ? window : ++windows_;
}

// --- Lives.

void Oracle::Started(const Stats& stats) {
  LearnSettings(stats);
  if (!stats.store_in_memory) {
    if (stats.ledger.accepted != accepted_on_disk_) {
      Complain("the store began with " + std::to_string(stats.ledger.accepted) +
               " accepted, the disk has " + std::to_string(accepted_on_disk_));
    }
    if (consent_sure_ && consent_on_disk_ != consent_ && last_end_ == LifeEnd::kShutdown) {
      Complain("consent was not remembered");
    }
    consent_ = consent_on_disk_;
  } else {
    consent_ = Consent::kUnknown;
    time_known_in_ = 0;  // to the disk only
    pace_.StoreUnread();
  }
  said_ = consent_;
  consent_sure_ = true;
  erases_to_ = 0;
  name_erased_ = false;
  first_ = last_ = stats;
  started_at_ = clock_.elapsed_ms();
  tracked_ = told_delivered_ = 0;
  owed_to_ = 0;
  serial_at_start_ = serial_;
  std::fill(std::begin(dropped_told_), std::end(dropped_told_), 0);
  key_.clear();
  json_.clear();
  // A denial that a crash interrupted is finished now.
  if (consent_ == Consent::kDenied) EraseAsked();
  erasing_ = paused_ = false;
  network_ = NetworkState::kUnknown;
  alive_ = true;
}

void Oracle::Ended(LifeEnd end, bool told_ok) {
  alive_ = false;
  last_end_ = end;
  // What was said to a store in memory may have ended there.
  const bool moved = !first_.store_in_memory || told_ok;
  consent_sure_ = consent_sure_ && moved && !last_.store_in_memory;
  if (end == LifeEnd::kShutdown && told_ok) Persisted(!last_.store_in_memory);
  memory_lives_on_ = end != LifeEnd::kPowerCut && first_.intake_crash_safe;
  if (memory_lives_on_) Acknowledge();
  // What is older than an interval is on the disk, unless that had failed.
  const std::int64_t old =
      clock_.elapsed_ms() - 2 * config_.persist_interval.count() - 2 * kStoreRetryMs;
  for (auto& each : events_) {
    Event& event = each.second;
    if (event.tracked_at < old && disk_bad_at_ < event.tracked_at) event.nameless = false;
    if (event.is_volatile) {
      event.gone = true;
    } else if (event.tracked_at < old && disk_bad_at_ < event.tracked_at &&
               !last_.store_in_memory && !first_.store_in_memory) {
      event.acknowledged = true;
    }
  }
  // A disk that could not take it has forgotten it.
  if (disk_bad_at_ >= time_told_at_ - 2 * kStoreRetryMs || last_.store_in_memory) {
    time_known_in_ = 0;
  }
  pace_.NewLife(end != LifeEnd::kShutdown || !told_ok, end == LifeEnd::kPowerCut,
                disk_bad_at_ >= started_at_, clock_.BootMs());
}

void Oracle::LookForTraces(const std::string& marker) {
  for (const std::string& name : disk_->Files()) {
    if (disk_->Find(name)->bytes.find(marker) != std::string::npos) {
      Complain("after a denial " + name + " still shows an event");
    }
  }
}

}  // namespace embeddables::test
