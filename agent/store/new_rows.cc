#include "agent/store/new_rows.h"

#include <utility>

namespace embeddables {

bool NewRows::Prepare() {
  static_assert(kAtOnce == 16, "as many as are inserted here");
  return insert_.PrepareLater(&db_,
                              "INSERT INTO event(identity,priority,born,record) VALUES(?,?,?,?)") &&
         insert_many_.PrepareLater(
             &db_,
             "INSERT INTO event(identity,priority,born,record) VALUES"
             "(?,?,?,?),(?,?,?,?),(?,?,?,?),(?,?,?,?),(?,?,?,?),(?,?,?,?),(?,?,?,?),(?,?,?,?),"
             "(?,?,?,?),(?,?,?,?),(?,?,?,?),(?,?,?,?),(?,?,?,?),(?,?,?,?),(?,?,?,?),(?,?,?,?)");
}

bool NewRows::Add(std::int64_t identity, int priority, AgeTime born, std::string_view record) {
  Row& row = rows_[count_++];
  row.identity = identity;
  row.priority = priority;
  row.born = born;
  row.record.assign(record);
  return count_ < kAtOnce || Flush();
}

bool NewRows::AddNow(std::int64_t identity, int priority, AgeTime born, std::string_view record,
                     std::int64_t* id) {
  if (!Flush() || !Insert(identity, priority, born, record)) return false;
  *id = db_.last_row();
  NoteAdded(1);
  return true;
}

void NewRows::NoteAdded(std::size_t count) {
  added_.last = db_.last_row();
  if (added_.first == 0) added_.first = added_.last - static_cast<std::int64_t>(count) + 1;
}

bool NewRows::Insert(std::int64_t identity, std::int64_t priority, AgeTime born,
                     std::string_view record) {
  return insert_.Bind(identity, priority, born.ms(), Statement::BlobView{record}).Run();
}

bool NewRows::Flush() {
  const std::size_t count = std::exchange(count_, 0);
  Statement& many = insert_many_.Bind();
  for (std::size_t i = 0; i < count; ++i) {
    const Row& row = rows_[i];
    const Statement::BlobView record{row.record};
    if (count == kAtOnce) {
      many.BindFrom(static_cast<int>(4 * i + 1), row.identity, row.priority, row.born.ms(), record);
    } else if (!Insert(row.identity, row.priority, row.born, row.record)) {
      return false;
    }
  }
  if (count == kAtOnce && !many.Run()) return false;
  if (count > 0) NoteAdded(count);
  return true;
}

}  // namespace embeddables
