#include "tests/support/stored_numbers.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cstddef>
#include <string_view>

#include "agent/event/event.h"

namespace embeddables::test {

std::map<std::int64_t, int> StoredNumbers(const std::string& store) {
  std::map<std::int64_t, int> numbers;
  sqlite3* db = nullptr;
  sqlite3_stmt* read = nullptr;
  EXPECT_EQ(sqlite3_open_v2(store.c_str(), &db, SQLITE_OPEN_READWRITE, nullptr), SQLITE_OK);
  sqlite3_busy_timeout(db, 10'000);
  EXPECT_EQ(sqlite3_prepare_v2(db, "SELECT record FROM event", -1, &read, nullptr), SQLITE_OK);
  while (sqlite3_step(read) == SQLITE_ROW) {
    const std::string_view bytes(static_cast<const char*>(sqlite3_column_blob(read, 0)),
                                 static_cast<std::size_t>(sqlite3_column_bytes(read, 0)));
    Record record;
    EXPECT_TRUE(DecodeRecord(bytes, &record));
    PropReader props(record.props);
    Prop prop("", nullptr);
    while (props.Next(&prop)) {
      if (prop.key == "n") ++numbers[prop.value.as_int()];
    }
  }
  sqlite3_finalize(read);
  sqlite3_close(db);
  return numbers;
}

}  // namespace embeddables::test
