#include "samples/cli/doctor/sync_time.h"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

namespace cli {

using std::chrono::milliseconds;

namespace {

// Outlives the one who waits.
struct Shared {
  std::mutex mutex;
  std::condition_variable changed;
  bool ended = false;
  SyncTime time;
};

}  // namespace

SyncTime MeasureSync(const std::string& folder, milliseconds limit) {
  const auto shared = std::make_shared<Shared>();
  std::thread([shared, folder] {
    const SyncTime time = MeasureSync(folder);
    const std::lock_guard<std::mutex> lock(shared->mutex);
    shared->time = time;
    shared->ended = true;
    shared->changed.notify_one();
  }).detach();
  std::unique_lock<std::mutex> lock(shared->mutex);
  if (shared->changed.wait_for(lock, limit, [&shared] { return shared->ended; })) {
    return shared->time;
  }
  SyncTime late;
  late.why = "it took longer than " + std::to_string(limit.count()) + " ms";
  return late;
}

}  // namespace cli
