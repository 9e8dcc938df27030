#include "samples/collector/received.h"

#include <sqlite3.h>

#include <chrono>
#include <cstdio>
#include <ctime>
#include <utility>

#include "samples/cli/print.h"
#include "samples/collector/system.h"

namespace collector {
namespace {

std::string Line(const Event& event) {
  return "{\"arrived\":" + Quoted(Now()) + ",\"event_id\":" + Quoted(event.event_id) +
         ",\"project_id\":" + Quoted(event.project_id) +
         ",\"embeddable_id\":" + Quoted(event.embeddable_id) +
         ",\"timestamp\":" + Quoted(event.timestamp) + ",\"name\":" + Quoted(event.name) +
         ",\"props\":" + event.props + ",\"identifier\":{\"key\":" + Quoted(event.identifier_key) +
         ",\"value\":" + event.identifier_value + "}}";
}

}  // namespace

std::string Now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  const auto seconds = static_cast<std::time_t>(ms / 1000);
  const std::tm parts = Utc(seconds);
  char text[32];
  const std::size_t size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  char millis[8];
  std::snprintf(millis, sizeof millis, ".%03dZ", static_cast<int>(ms % 1000));
  return std::string(text, size) + millis;
}

Received::~Received() { sqlite3_close(db_); }

bool Received::Open(const std::string& path, std::string* error) {
  const std::lock_guard<std::mutex> lock(mutex_);
  sqlite3_stmt* rows = nullptr;
  const bool opened =
      sqlite3_open(path.c_str(), &db_) == SQLITE_OK &&
      sqlite3_exec(db_,
                   "PRAGMA journal_mode=WAL;"
                   "CREATE TABLE IF NOT EXISTS received(n INTEGER PRIMARY KEY, event_id TEXT,"
                   " line TEXT)",
                   nullptr, nullptr, nullptr) == SQLITE_OK &&
      sqlite3_prepare_v2(db_, "SELECT event_id,line FROM received ORDER BY n", -1, &rows,
                         nullptr) == SQLITE_OK;
  if (!opened) *error = sqlite3_errmsg(db_);
  const auto text = [&rows](int column) {
    return std::string(reinterpret_cast<const char*>(sqlite3_column_text(rows, column)));
  };
  while (opened && sqlite3_step(rows) == SQLITE_ROW) Keep(text(0), text(1));
  sqlite3_finalize(rows);
  return opened;
}

bool Received::Keep(const std::string& event_id, std::string line) {
  const bool known = !event_id.empty() && !event_ids_.insert(event_id).second;
  if (known) ++duplicates_;
  lines_.push_back(std::move(line));
  return known;
}

void Received::CountName(const std::string& name) {
  const std::string shown = cli::RepairUtf8(name.substr(0, kNameBytes));
  const bool there = names_.size() < kMostNames || names_.count(shown) != 0;
  ++names_[there ? shown : "(others)"];
}

bool Received::Add(const Event& event) {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::string line = Line(event);
  sqlite3_stmt* insert = nullptr;
  if (db_ != nullptr && sqlite3_prepare_v2(db_, "INSERT INTO received(event_id,line) VALUES(?1,?2)",
                                           -1, &insert, nullptr) == SQLITE_OK) {
    sqlite3_bind_text(insert, 1, event.event_id.c_str(), -1, SQLITE_TRANSIENT);
    sqlite3_bind_text(insert, 2, line.c_str(), -1, SQLITE_TRANSIENT);
    if (sqlite3_step(insert) != SQLITE_DONE) {
      std::fprintf(stderr, "cannot keep an event: %s\n", sqlite3_errmsg(db_));
    }
    sqlite3_finalize(insert);
  }
  CountName(event.name);
  return Keep(event.event_id, std::move(line));
}

void Received::CountAnswer(int status) {
  const std::lock_guard<std::mutex> lock(mutex_);
  ++answers_[status];
}

void Received::CountRefused() {
  const std::lock_guard<std::mutex> lock(mutex_);
  ++refused_;
}

void Received::Reset() {
  const std::lock_guard<std::mutex> lock(mutex_);
  lines_.clear();
  event_ids_.clear();
  answers_.clear();
  names_.clear();
  duplicates_ = 0;
  refused_ = 0;
  if (db_ != nullptr) sqlite3_exec(db_, "DELETE FROM received", nullptr, nullptr, nullptr);
}

std::string Received::Lines() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::string all;
  for (const std::string& line : lines_) all += line + "\n";
  return all;
}

std::string Received::Fields() const {
  std::string answers;
  std::uint64_t requests = 0;
  for (const auto& each : answers_) {
    requests += each.second;
    answers += (answers.empty() ? "\"" : ",\"") +
               (each.first == 0 ? std::string("closed") : std::to_string(each.first)) +
               "\":" + std::to_string(each.second);
  }
  return "\"requests\":" + std::to_string(requests) +
         ",\"events\":" + std::to_string(lines_.size()) +
         ",\"duplicates\":" + std::to_string(duplicates_) +
         ",\"refused\":" + std::to_string(refused_) + ",\"answers\":{" + answers + "}";
}

std::string Received::Stats() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return "{" + Fields() + "}\n";
}

std::string Received::Counts() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::string names;
  for (const auto& each : names_) {
    names += (names.empty() ? "" : ",") + Quoted(each.first) + ":" + std::to_string(each.second);
  }
  return "{" + Fields() + ",\"names\":{" + names + "}}";
}

}  // namespace collector
