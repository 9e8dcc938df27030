// How long a disk takes to keep something for certain.

#ifndef EMBEDDABLES_SAMPLES_CLI_DOCTOR_SYNC_TIME_H_
#define EMBEDDABLES_SAMPLES_CLI_DOCTOR_SYNC_TIME_H_

#include <chrono>
#include <string>

namespace cli {

struct SyncTime {
  bool done = false;
  std::chrono::milliseconds longest{0};  // of a few
  std::string why;                       // not done: the system's words, or that it took too long
};

// Writes a page, and has the disk keep it, a few times: in a file without a name, which is gone
// when this ends. Waits at most `limit`, for a disk can be stuck; its thread then stays behind.
SyncTime MeasureSync(const std::string& folder, std::chrono::milliseconds limit);
// The same, however long the disk takes.
SyncTime MeasureSync(const std::string& folder);

}  // namespace cli

#endif  // EMBEDDABLES_SAMPLES_CLI_DOCTOR_SYNC_TIME_H_
