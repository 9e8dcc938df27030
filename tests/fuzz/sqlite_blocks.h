// Memory for SQLite that is used again at once: AddressSanitizer and libFuzzer look at each call of
// malloc, which takes more of a round than SQLite does. One thread.

#ifndef EMBEDDABLES_TESTS_FUZZ_SQLITE_BLOCKS_H_
#define EMBEDDABLES_TESTS_FUZZ_SQLITE_BLOCKS_H_

#include <sqlite3.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>

// Half of what these functions cost was the search looking at them.
#ifdef __clang__
#define EMBEDDABLES_UNWATCHED __attribute__((no_sanitize("address", "undefined", "coverage")))
#else
#define EMBEDDABLES_UNWATCHED
#endif

namespace embeddables::fuzz {

class SqliteBlocks {
 public:
  // Before SQLite is used first.
  static void Install() {
    sqlite3_mem_methods methods = {Allocate, Free, Reallocate, Size, RoundUp, Init, End, nullptr};
    sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
    // Nobody else is here: a tenth of a round were locks, and counts of memory.
    sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  }

 private:
  // In front of each block; while it is free, the next one of its size stands behind.
  struct alignas(16) Head {
    int bytes;  // a power of two
    int list;
  };
  static constexpr int kSmallest = 32, kLists = 16;  // to 1 MiB

  static EMBEDDABLES_UNWATCHED int ListOf(int bytes) {
    return bytes <= kSmallest ? 0 : 27 - __builtin_clz(static_cast<unsigned>(bytes - 1));
  }
  static EMBEDDABLES_UNWATCHED Head* HeadOf(void* block) { return static_cast<Head*>(block) - 1; }

  static EMBEDDABLES_UNWATCHED void* Allocate(int bytes) {
    const int list = ListOf(bytes);
    if (list < kLists && free_[list] != nullptr) {
      void* block = free_[list];
      std::memcpy(&free_[list], block, sizeof(void*));
      return block;
    }
    const int size = list < kLists ? kSmallest << list : bytes;
    auto* head = static_cast<Head*>(std::malloc(sizeof(Head) + static_cast<std::size_t>(size)));
    if (head == nullptr) return nullptr;
    head->bytes = size;
    head->list = list;
    return head + 1;
  }
  static EMBEDDABLES_UNWATCHED void Free(void* block) {
    Head* head = HeadOf(block);
    if (head->list >= kLists) return std::free(head);
    std::memcpy(block, &free_[head->list], sizeof(void*));
    free_[head->list] = block;
  }
  static EMBEDDABLES_UNWATCHED void* Reallocate(void* block, int bytes) {
    const int before = HeadOf(block)->bytes;
    if (bytes <= before) return block;
    void* larger = Allocate(bytes);
    if (larger == nullptr) return nullptr;
    std::memcpy(larger, block, static_cast<std::size_t>(before));
    Free(block);
    return larger;
  }
  static EMBEDDABLES_UNWATCHED int Size(void* block) {
    return block == nullptr ? 0 : HeadOf(block)->bytes;
  }
  static EMBEDDABLES_UNWATCHED int RoundUp(int bytes) { return (bytes + 7) & ~7; }
  static int Init(void*) { return SQLITE_OK; }
  static void End(void*) {}

  static inline void* free_[kLists] = {};
};

}  // namespace embeddables::fuzz

#endif  // EMBEDDABLES_TESTS_FUZZ_SQLITE_BLOCKS_H_
