// How fast events reach the disk, against what SQLite alone does with rows of the same size.

#include <sqlite3.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/bench/workloads.h"

namespace bench {
namespace {

using namespace embeddables;

constexpr int kEvents = 20'000;

double OursPerSecond(const Options& options) {
  const Folder folder(options);
  const auto agent = Start(MakeConfig(options, folder));
  const std::int64_t begin = NowNs();
  StoreLevels(agent.get(), kEvents);
  return kEvents / SecondsSince(begin);
}

// SQLite with nothing around it.
class Bare {
 public:
  Bare(const Folder& folder, const char* synchronous) {
    const std::string set_up = std::string("PRAGMA journal_mode=WAL; PRAGMA synchronous=") +
                               synchronous +
                               "; CREATE TABLE event(id INTEGER PRIMARY KEY, record BLOB)";
    if (sqlite3_open(folder.store().c_str(), &db_) != SQLITE_OK ||
        sqlite3_exec(db_, set_up.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK ||
        sqlite3_prepare_v2(db_, "INSERT INTO event(record) VALUES(?1)", -1, &insert_, nullptr) !=
            SQLITE_OK) {
      std::fprintf(stderr, "%s\n", sqlite3_errmsg(db_));
      std::exit(1);
    }
  }
  ~Bare() {
    sqlite3_finalize(insert_);
    sqlite3_close(db_);
  }
  void Begin() { sqlite3_exec(db_, "BEGIN", nullptr, nullptr, nullptr); }
  void Commit() { sqlite3_exec(db_, "COMMIT", nullptr, nullptr, nullptr); }
  void Insert() {
    sqlite3_bind_blob(insert_, 1, record_.data(), static_cast<int>(record_.size()), SQLITE_STATIC);
    sqlite3_step(insert_);
    sqlite3_reset(insert_);
  }

 private:
  const std::string record_ = std::string(110, 'r');  // as long as the event's
  sqlite3* db_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
};

// WAL, synchronous=NORMAL, 1,000 rows a transaction, one prepared statement.
double SqlitePerSecond(const Options& options) {
  const Folder folder(options);
  Bare bare(folder, "NORMAL");
  const std::int64_t begin = NowNs();
  for (int i = 0; i < kEvents; ++i) {
    if (i % 1000 == 0) bare.Begin();
    bare.Insert();
    if (i % 1000 == 999) bare.Commit();
  }
  return kEvents / SecondsSince(begin);
}

constexpr std::int64_t kFor = 2'000'000'000;

double FullCommitsPerSecond(const Options& options) {
  const Folder folder(options);
  Bare bare(folder, "FULL");
  const std::int64_t begin = NowNs();
  int commits = 0;
  for (; NowNs() - begin < kFor; ++commits) bare.Insert();
  return commits / SecondsSince(begin);
}

double ImmediatePerSecond(const Options& options, int count) {
  const Folder folder(options);
  Config config = MakeConfig(options, folder);
  config.durability = Durability::kImmediate;
  const auto agent = Start(config);
  agent->Pause();
  std::atomic<int> stored{0};
  std::vector<std::thread> threads;
  const std::int64_t begin = NowNs();
  for (int t = 0; t < count; ++t) {
    threads.emplace_back([&] {
      while (NowNs() - begin < kFor) stored += TrackLevel(agent.get(), t) ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  return stored / SecondsSince(begin);
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

int Immediate(const Options& options) {
  std::vector<double> four, one, limit;
  for (int i = 0; i < 3; ++i) {
    limit.push_back(FullCommitsPerSecond(options));
    one.push_back(ImmediatePerSecond(options, 1));
    four.push_back(ImmediatePerSecond(options, 4));
  }
  std::printf(
      "immediate commits_per_s=%.0f one_thread_per_s=%.0f four_threads_per_s=%.0f ratio=%.2f\n",
      Median(limit), Median(one), Median(four), Median(four) / Median(limit));
  return 0;
}

}  // namespace bench
