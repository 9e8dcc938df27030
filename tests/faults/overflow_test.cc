// A day at a small bound, with more coming in than goes out.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "platform/paths.h"
#include "tests/support/own_process.h"
#include "tests/support/store_fixture.h"

namespace embeddables {
namespace {

using test::ResidentBytes;
using test::StoreTest;

// A leak of four bytes an event would show. A sanitizer keeps what was freed.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t kAllowedGrowth = 512u << 20;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr std::uint64_t kAllowedGrowth = 512u << 20;
#else
constexpr std::uint64_t kAllowedGrowth = 1u << 20;
#endif
#else
constexpr std::uint64_t kAllowedGrowth = 1u << 20;
#endif

// With 86,400 commits.
class Overflow : private test::OnMemoryDisk, public StoreTest {};

TEST_F(Overflow, ADayOfItKeepsFilesWithinTheBoundAndMemoryFlat) {
  store_->Close();
  config_.max_store_bytes = 1 << 20;
  config_.max_events = 100'000;
  Open();
  Identify("a@b.c");
  std::uint64_t largest = 0, after_an_hour = 0, least_log = UINT64_MAX;
  std::vector<std::string> records;
  for (int second = 0; second < 24 * 3600; ++second) {
    clock_.Advance(1000);
    records.clear();
    for (int i = 0; i < 3; ++i) {
      records.push_back(Encode("tick", {}, static_cast<std::size_t>(200 + second % 700)));
    }
    ASSERT_TRUE(store_->inbox().Begin(3000)) << store_->message();
    for (const std::string& record : records) ASSERT_TRUE(Append(record));
    ASSERT_TRUE(store_->inbox().Commit()) << store_->message();
    if (second % 10 == 0) {
      for (const StoredEvent& event : Fetch(4)) {
        const bool retry = event.id % 4 == 2 && event.attempts < 5;
        SettleAll({event},
                  retry               ? Settlement::Kind::kRetry
                  : event.id % 4 == 3 ? Settlement::Kind::kRejected
                                      : Settlement::Kind::kDelivered,
                  store_->AgeNow() + 5000);
      }
    }
    if (second % 3600 == 0) {
      bool more = true;
      while (more) ASSERT_TRUE(store_->ExpireSome(&more));
    }
    const std::uint64_t log = FileSize(path_ + "-wal");
    largest = std::max(largest, FileSize(path_) + log);
    least_log = std::min(least_log, log);
    ASSERT_LE(largest, config_.max_store_bytes) << "second " << second;
    if (second == 3600) after_an_hour = ResidentBytes();
  }
  const std::uint64_t grown = ResidentBytes() > after_an_hour ? ResidentBytes() - after_an_hour : 0;
  ExpectWhole();
  EXPECT_GT(Dropped(DropReason::kByteBound), 200'000u);
  EXPECT_LT(grown, kAllowedGrowth);
  std::printf(
      "[figure] 24 virtual hours: accepted=%llu dropped=%llu largest=%llu of %llu bytes, memory "
      "grown since hour 1: %llu bytes\n",
      static_cast<unsigned long long>(store_->ledger().accepted),
      static_cast<unsigned long long>(Dropped(DropReason::kByteBound)),
      static_cast<unsigned long long>(largest),
      static_cast<unsigned long long>(config_.max_store_bytes.value()),
      static_cast<unsigned long long>(grown));
}

}  // namespace
}  // namespace embeddables
