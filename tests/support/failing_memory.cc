#include "tests/support/failing_memory.h"

#include <sqlite3.h>

namespace embeddables::test {
namespace {

sqlite3_mem_methods real;
std::uint64_t count = 0, fail_at = 0;

bool healthy = false;

bool Fails() { return !healthy && ++count == fail_at; }
void* Malloc(int size) { return Fails() ? nullptr : real.xMalloc(size); }
void* Realloc(void* old, int size) { return Fails() ? nullptr : real.xRealloc(old, size); }

}  // namespace

void FailingMemory::Install() {
  if (real.xMalloc != nullptr) return;
  sqlite3_shutdown();
  sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real);
  sqlite3_mem_methods failing = real;
  failing.xMalloc = Malloc;
  failing.xRealloc = Realloc;
  sqlite3_config(SQLITE_CONFIG_MALLOC, &failing);
  sqlite3_initialize();
}

FailingMemory::Healthy::Healthy() { healthy = true; }
FailingMemory::Healthy::~Healthy() { healthy = false; }

std::uint64_t FailingMemory::allocations() { return count; }
void FailingMemory::FailAt(std::uint64_t nth) { fail_at = nth == 0 ? 0 : count + nth; }

}  // namespace embeddables::test
