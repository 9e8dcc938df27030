#include "agent/store/row_walker.h"

#include <sqlite3.h>

#include <algorithm>

namespace embeddables {

RowWalker::RowWalker(Database* database, const std::string& select, std::int64_t from,
                     std::int64_t last)
    : next_(from), last_(last) {
  // A table whose name cannot even be read has no rows to read.
  if (Prepare(database, &read_, select) && Prepare(database, &probe_, select + " LIMIT 1")) {
    read_.Bind(next_);
  } else {
    stopped_ = !IsDamage(read_.code());
    next_ = last_ + 1;
  }
}

bool RowWalker::Prepare(Database* database, Statement* statement, const std::string& sql) {
  return statement->Prepare(database, sql.c_str()) ||
         ((statement->code() & 0xff) == SQLITE_IOERR && statement->Prepare(database, sql.c_str()));
}

bool RowWalker::Next() {
  while (!stopped_ && next_ <= last_) {
    if (read_.Next()) {
      const std::int64_t id = read_.Int(0);
      if (id > last_) break;
      if (id >= next_) {
        next_ = id + 1;
        return true;
      }
      read_.Reset();
    } else if (!read_.failed()) {
      break;
    } else if (!IsDamage(read_.code())) {
      stopped_ = true;
      break;
    }
    if (!SkipDamage()) break;
    read_.Bind(next_);
  }
  read_.Reset();
  return false;
}

// Finds the first row behind the gap: in doubling steps until far enough, then back by halves.
bool RowWalker::SkipDamage() {
  if (tried_again_ != next_) {
    tried_again_ = next_;
    if (Readable(next_)) return true;
    if (stopped_) return false;
  }
  std::int64_t bad = next_;
  std::int64_t good = 0;
  for (std::int64_t step = 1; good == 0; step *= 2) {
    const std::int64_t at = step > last_ - next_ ? last_ : next_ + step;
    if (Readable(at)) {
      good = at;
    } else if (at == last_ || stopped_) {
      return false;
    } else {
      bad = at;
    }
  }
  while (good - bad > 1) {
    const std::int64_t middle = bad + (good - bad) / 2;
    (Readable(middle) ? good : bad) = middle;
  }
  const bool further = good > next_;
  next_ = good;
  return further && !stopped_;
}

bool RowWalker::Readable(std::int64_t from) {
  bool found = probe_.Bind(from).Next();
  probe_.Reset();
  if (!found && (probe_.code() & 0xff) == SQLITE_IOERR) {
    found = probe_.Bind(from).Next();
    probe_.Reset();
  }
  if (!found && probe_.failed() && !IsDamage(probe_.code())) stopped_ = true;
  return found || !probe_.failed();
}

}  // namespace embeddables
