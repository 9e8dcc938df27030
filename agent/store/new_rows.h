// Inserts events into `event`, many per statement: each statement begins by opening the table and
// its indexes, and ends by writing the last row number. Rows that wait for others are not in the
// table yet: Flush them before the commit.

#ifndef EMBEDDABLES_AGENT_STORE_NEW_ROWS_H_
#define EMBEDDABLES_AGENT_STORE_NEW_ROWS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "agent/base/time.h"
#include "agent/store/own_rows.h"
#include "agent/store/store_sql.h"

namespace embeddables {

class NewRows {
 public:
  explicit NewRows(Database* database) : db_(*database) {}
  bool Prepare();

  // Forgets rows that a failed transaction left.
  void Begin() {
    count_ = 0;
    added_ = {};
  }
  // The rows inserted since Begin by Add and AddNow: no other process can append in between.
  const RowRange& added() const { return added_; }
  bool Add(std::int64_t identity, int priority, AgeTime born, std::string_view record);
  // Inserts at once, after the rows that wait, so that numbers stay in order.
  bool AddNow(std::int64_t identity, int priority, AgeTime born, std::string_view record,
              std::int64_t* id);
  // Inserts at once, without regard to rows that wait.
  bool Insert(std::int64_t identity, std::int64_t priority, AgeTime born, std::string_view record);
  bool Flush();

 private:
  struct Row {
    std::int64_t identity = 0;
    AgeTime born;
    int priority = 0;
    std::string record;
  };
  static constexpr std::size_t kAtOnce = 16;

  Database& db_;
  Statement insert_, insert_many_;
  void NoteAdded(std::size_t count);

  Row rows_[kAtOnce];
  std::size_t count_ = 0;
  RowRange added_;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_NEW_ROWS_H_
