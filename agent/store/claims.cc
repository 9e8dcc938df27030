#include "agent/store/claims.h"

#include <algorithm>

namespace embeddables {

void Claims::Forget() {
  LookAgainAfter(0);
  rows_ = PassedRows();
}

void Claims::LookAgainAfter(std::int64_t id) {
  for (std::int64_t& cursor : cursors_) cursor = std::min(cursor, id);
}

void Claims::WindowIsOpen(std::int64_t row) {
  rows_.window = row;
  rows_.before_window = rows_.last;
}

// A person who is identified in another process gets the earlier events, and a salvage gives rows
// their old numbers.
bool Claims::MindPassedRows() {
  PassedRows now;
  if (!db_.Ask("SELECT ifnull(MAX(id),0) FROM identity WHERE key IS NULL AND open=1",
               &now.window) ||
      !db_.Ask("SELECT ifnull(MAX(id),0) FROM event", &now.last) ||
      !db_.Ask("SELECT CAST(total(value) AS INTEGER) FROM meta WHERE key>='salvage_'"
               " AND key<'salvage`'",
               &now.salvaged)) {
    return false;
  }
  now.before_window = now.window == rows_.window ? rows_.before_window : rows_.last;
  if (rows_.window != 0 && now.window != rows_.window) LookAgainAfter(rows_.before_window);
  if (now.salvaged != rows_.salvaged) LookAgainAfter(0);
  rows_ = now;
  return true;
}

}  // namespace embeddables
