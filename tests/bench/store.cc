// How fast events reach the disk, against what SQLite alone does with rows of the same size.

#include <sqlite3.h>

#include <cstdio>

#include "tests/bench/workloads.h"

namespace bench {
namespace {

using namespace embeddables;

constexpr int kEvents = 20'000;

double OursPerSecond(const Options& options) {
  const Folder folder(options);
  const auto agent = Start(MakeConfig(options, folder));
  const std::int64_t begin = NowNs();
  for (int i = 0; i < kEvents; ++i) {
    while (!TrackLevel(agent.get(), i)) agent->Persist(std::chrono::seconds(10));
  }
  agent->Persist(std::chrono::seconds(60));
  return kEvents / (static_cast<double>(NowNs() - begin) / 1e9);
}

// WAL, synchronous=NORMAL, 1,000 rows a transaction, one prepared statement.
double SqlitePerSecond(const Options& options) {
  const Folder folder(options);
  sqlite3* db = nullptr;
  sqlite3_stmt* insert = nullptr;
  if (sqlite3_open(folder.store().c_str(), &db) != SQLITE_OK ||
      sqlite3_exec(db,
                   "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
                   "CREATE TABLE event(id INTEGER PRIMARY KEY, record BLOB)",
                   nullptr, nullptr, nullptr) != SQLITE_OK ||
      sqlite3_prepare_v2(db, "INSERT INTO event(record) VALUES(?1)", -1, &insert, nullptr) !=
          SQLITE_OK) {
    std::fprintf(stderr, "%s\n", sqlite3_errmsg(db));
    std::exit(1);
  }
  const std::string record(110, 'r');  // as long as the event's
  const std::int64_t begin = NowNs();
  for (int i = 0; i < kEvents; ++i) {
    if (i % 1000 == 0) sqlite3_exec(db, "BEGIN", nullptr, nullptr, nullptr);
    sqlite3_bind_blob(insert, 1, record.data(), static_cast<int>(record.size()), SQLITE_STATIC);
    sqlite3_step(insert);
    sqlite3_reset(insert);
    if (i % 1000 == 999) sqlite3_exec(db, "COMMIT", nullptr, nullptr, nullptr);
  }
  const double seconds = static_cast<double>(NowNs() - begin) / 1e9;
  sqlite3_finalize(insert);
  sqlite3_close(db);
  return kEvents / seconds;
}

}  // namespace

int ToDisk(const Options& options) {
  std::vector<double> ours, limit;
  for (int i = 0; i < options.runs; ++i) {
    ours.push_back(OursPerSecond(options));
    limit.push_back(SqlitePerSecond(options));
  }
  std::printf("w3_to_disk events=%d events_per_s=%.0f sqlite_rows_per_s=%.0f ratio=%.2f\n", kEvents,
              Median(ours), Median(limit), Median(ours) / Median(limit));
  return 0;
}

}  // namespace bench
