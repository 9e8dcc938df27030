// What a reader of a store keeps open, and what another in its process opens beside it.

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <thread>

#include "agent/store/store_reader.h"
#include "tests/support/forked.h"
#include "tests/support/store_fixture.h"
#include "tests/support/wait_for.h"

namespace embeddables {
namespace {

namespace fs = std::filesystem;

class StoreReaderFiles : public test::StoreTest {
 protected:
  Status Read() {
    StoreReader reader(path_, clock_, std::chrono::milliseconds(200));
    return reader.Look([this](StoreReader* read) { return read->Read(&contents_); });
  }
  int LogsOpen() const {
    int times = 0;
    for (const auto& each : fs::directory_iterator("/proc/self/fd")) {
      std::error_code gone;
      times += fs::read_symlink(each.path(), gone) == path_ + "-wal" ? 1 : 0;
    }
    return times;
  }

  StoreContents contents_;
};

// SQLite has one index for all connections of a process, mapped as the first one wants it.
TEST_F(StoreReaderFiles, AStoreThatIsLookedAtIsOpenedForWriting) {
  store_->Close();
  const test::Forked process([&] {
    Open();
    AppendOne("a");
    pause();
    return 0;
  });
  ASSERT_TRUE(test::WaitFor([&] { return Read().ok() && contents_.ledger.pending == 1; }));
  store_ = std::make_unique<Store>(config_, clock_);
  std::thread opens;
  Status opened;
  StoreReader reader(path_, clock_);
  const Status looked = reader.Look([&](StoreReader* read) {
    if (opens.joinable()) return true;
    EXPECT_TRUE(read->Read(&contents_));
    EXPECT_EQ(LogsOpen(), 1);
    opens = std::thread([&] { opened = store_->Open(path_, 20'000); });
    EXPECT_TRUE(test::WaitFor([&] { return LogsOpen() == 2; }));
    EXPECT_TRUE(test::WaitFor([&] { return LogsOpen() == 1; })) << "it has not tried again";
    return true;
  });
  opens.join();
  EXPECT_TRUE(looked.ok()) << looked.message();
  ASSERT_TRUE(opened.ok()) << opened.message();
  AppendOne("b");
}

}  // namespace
}  // namespace embeddables
