// What is in a store's file, read by SQLite alone.

#ifndef EMBEDDABLES_TESTS_SUPPORT_STORED_NUMBERS_H_
#define EMBEDDABLES_TESTS_SUPPORT_STORED_NUMBERS_H_

#include <cstdint>
#include <map>
#include <string>

namespace embeddables::test {

// How often each value of the prop "n" is there, among the pending events.
std::map<std::int64_t, int> StoredNumbers(const std::string& store);

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_SUPPORT_STORED_NUMBERS_H_
