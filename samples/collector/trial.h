// One trial of an agent: a collector of its own, and the command that is judged.

#ifndef EMBEDDABLES_SAMPLES_COLLECTOR_TRIAL_H_
#define EMBEDDABLES_SAMPLES_COLLECTOR_TRIAL_H_

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "samples/collector/command.h"
#include "samples/collector/exchange.h"
#include "samples/collector/options.h"
#include "samples/collector/received.h"

namespace collector {

// An event that the command is given on its standard input.
struct Given {
  std::string name, props;  // JSON text
};

class Trial {
 public:
  using Seconds = std::chrono::duration<double>;

  // `name` is of the case. The collector listens when it is there.
  Trial(const std::string& name, const std::vector<std::string>& command);
  ~Trial();  // ends what still runs
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;

  void SetFaults(const std::string& json);
  void StopServer();
  void StartServer();  // under the same URL as before

  // Runs the command, in the same store as before.
  void StartAgent(const std::vector<Given>& events);
  void KillAgent() const;
  // Its exit code, minus the signal that ended it, or kStillRuns.
  int AwaitExit(Seconds patience);
  static constexpr int kStillRuns = -1000;
  static constexpr int kNotFound = 127;  // as shells have it

  using IsThere = std::function<bool(const std::vector<Exchange>&)>;
  // Until what came so far is enough. False: it was not, within `patience` or when the command
  // ended.
  bool Await(Seconds patience, const IsThere& enough);
  bool AwaitRequests(std::size_t count, Seconds patience);
  std::vector<Exchange> exchanges() const;

  const std::string& key() const { return options_.api_key; }
  // False also if a shell that was to start it says so.
  bool could_start() const { return exit_ != kNotFound; }
  // What the command has printed.
  std::string Printed() const;
  // Where that, its standard input and its store are. They stay there if `keep`.
  const std::string& folder() const { return folder_; }
  void Keep() { keep_ = true; }

 private:
  struct Server;

  std::vector<std::string> Environment() const;
  bool HasEnded();

  Options options_;
  std::vector<std::string> command_;
  std::string folder_;
  Received received_;
  std::unique_ptr<Server> server_;
  std::string url_;
  std::unique_ptr<Command> agent_;
  int exit_ = kStillRuns;
  bool keep_ = false;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Exchange> exchanges_;
};

}  // namespace collector

#endif  // EMBEDDABLES_SAMPLES_COLLECTOR_TRIAL_H_
