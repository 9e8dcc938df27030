// The process forks, between any two steps. The child finds the agent ended, whatever it was in the
// middle of, and the parent goes on as if nothing had been.
//
// Disk, network and clock are memory of the process: of them the child has a copy, which tells
// whether it would have touched the parent's. What both have in common is real: the wake signal,
// and the files of the sender's lock and doorbell.

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "platform/process_lock.h"
#include "tests/simulation/simulation.h"
#include "tests/support/forked.h"
#include "tests/support/sanitizers.h"
#include "tests/support/temp_dir.h"

namespace embeddables::test {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kMostOfATrace = 4'000;
constexpr int kStretches = 20;

// Names, identities, times and bytes of what lies in the store's folder on the real disk.
std::map<std::string, std::string> RealFiles(const std::string& store_path) {
  std::map<std::string, std::string> files;
  const auto folder = std::filesystem::path(store_path).parent_path();
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    struct stat facts {};
    if (lstat(entry.path().c_str(), &facts) != 0) continue;
    std::string& file = files[entry.path().string()];
    file = std::to_string(facts.st_ino) + " " + std::to_string(facts.st_mtim.tv_sec) + " " +
           std::to_string(facts.st_mtim.tv_nsec) + " ";
    if (!S_ISREG(facts.st_mode)) continue;
    std::ifstream stream(entry.path(), std::ios::binary);
    file.append(std::istreambuf_iterator<char>(stream), {});
  }
  return files;
}

std::string ReadAll(int descriptor) {
  std::string all;
  char part[1024];
  ssize_t size = 0;
  while ((size = read(descriptor, part, sizeof part)) > 0) {
    all.append(part, static_cast<std::size_t>(size));
  }
  return all;
}

// By the sender, if there is one.
bool IsLocked(const std::string& store_path) {
  const std::string path = store_path + ".lock";
  ProcessLock lock;
  return std::filesystem::exists(path) && !lock.TryAcquire(path);
}

// The first call that does something here; empty: each says that nothing runs in this process.
std::string CallAll(Agent* agent) {
  const milliseconds shortly(1);
  EventOptions is_volatile;
  is_volatile.priority = Priority::kVolatile;
  const WallTime now{milliseconds(1'770'000'000'000)};
  std::vector<DeadLetter> letters;
  struct Said {
    const char* call;
    std::function<Status()> make;
  };
  const Said all[] = {
      {"Track", [&] { return agent->Track("forked"); }},
      {"Track of a volatile event", [&] { return agent->Track("forked", {}, is_volatile); }},
      {"Identify", [&] { return agent->Identify("email", "child@x.y"); }},
      {"Reset", [&] { return agent->Reset(); }},
      {"Persist", [&] { return agent->Persist(shortly); }},
      {"Flush", [&] { return agent->Flush(shortly); }},
      {"Pause", [&] { return agent->Pause(); }},
      {"Resume", [&] { return agent->Resume(); }},
      {"Suspend", [&] { return agent->Suspend(shortly); }},
      {"consent given", [&] { return agent->SetConsent(Consent::kGiven); }},
      {"consent denied", [&] { return agent->SetConsent(Consent::kDenied, nullptr, shortly); }},
      {"Pump", [&] { return agent->Pump(milliseconds(0)); }},
      {"SetApiKey", [&] { return agent->SetApiKey("rk_child"); }},
      {"SetNetworkState", [&] { return agent->SetNetworkState(NetworkState::kAvailable); }},
      {"SetWallClock", [&] { return agent->SetWallClock(now); }},
      {"DeadLetters", [&] { return agent->DeadLetters(&letters, 1, 0, shortly); }},
      {"Requeue", [&] { return agent->Requeue(0, nullptr, shortly); }},
      {"Purge", [&] { return agent->Purge(nullptr, shortly); }},
      {"Shutdown", [&] { return agent->Shutdown(shortly); }},
  };
  for (const Said& each : all) {
    const Status status = each.make();
    if (status.code() == StatusCode::kNotRunning) continue;
    return std::string(each.call) + " said " + std::to_string(static_cast<int>(status.code())) +
           " " + status.message();
  }
  Outcome outcome;
  LogLine line;
  if (agent->PollOutcomes(&outcome, 1) != 0) return "PollOutcomes found one";
  if (agent->PollLog(&line, 1) != 0) return "PollLog found one";
  const Stats stats = agent->GetStats();
  const bool none = stats.ledger.accepted == 0 && stats.ledger.pending == 0 &&
                    stats.in_flight == 0 && stats.requests == 0 && !stats.sender;
  return none ? std::string() : "GetStats has counted something";
}

// A child's agent on a store of its own: what went wrong, if anything did.
std::string RunOwnAgent(Config config, std::uint64_t seed) {
  const TempDir directory;
  config.store_path = directory / "own.db";
  Coverage coverage;
  Simulation own(config, seed, &coverage);
  own.server().BePerfect();
  if (own.Start()) {
    own.SetConsent(Consent::kGiven);
    own.Identify("child@x.y");
    own.Track(5);
    // A host that pumps makes a step each 10 ms while an answer is awaited, and waits for so many
    // steps at a stretch: a slow answer takes it longer than one stretch.
    bool sent = false;
    for (int stretch = 0; stretch < kStretches && !sent && !own.broken(); ++stretch) {
      sent = own.Flush(120'000);
    }
    if (!sent) own.oracle().Complain("not all of it was sent");
    own.Shutdown(true, 5'000);
  }
  if (!own.broken()) return "";
  return "its own agent: " + own.oracle().complaint() + "\n" + own.oracle().trace();
}

}  // namespace

void Simulation::PerhapsFork() {
  if (!may_fork_ || broken()) return;
  // A server's hold is rare: see Act.
  const bool now = fork_random_.Below(Is("retry-after") ? 6 : 36) == 0;
  const std::int64_t steps = fork_random_.Below(40);
  if (!now || fork_at_ > steps_) return;
  fork_at_ = steps_ + static_cast<std::uint64_t>(steps);
  if (steps == 0) Fork();
}

void Simulation::Fork() {
  fork_at_ = 0;
  if (!Alive() || broken()) return;
  Happened("fork");
  oracle_.Trace("fork");
  std::uint64_t own_seed = fork_random_.Below(12) == 0 ? fork_random_.Next() : 0;
  // The gate of the parent's agent stays locked in the child, so to TSan all that the child locks
  // comes after it, and a fork locks it after the registry. Nobody there locks it again.
  if (kTsan) own_seed = 0;
  if (own_seed != 0) coverage_->Count("happened", "own agent in a child");
  const auto disk = disk_.Contents();
  const auto files = RealFiles(config_.store_path);
  const bool woken = Woken();
  const bool locked = IsLocked(config_.store_path);
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return oracle_.Complain("no pipe for a child");
  Forked child([&] {
    const std::string wrong = LiveAsChild(own_seed).substr(0, kMostOfATrace);
    const auto size = static_cast<ssize_t>(wrong.size());
    return write(ends[1], wrong.data(), wrong.size()) == size ? 0 : 1;
  });
  close(ends[1]);
  std::string wrong = ReadAll(ends[0]);
  close(ends[0]);
  const int end = child.Wait();
  if (wrong.empty() && end != 0) wrong = "it ended with " + std::to_string(end);
  if (!wrong.empty()) oracle_.Complain("in a forked child: " + wrong);
  const std::string during = " while a forked child lived";
  if (disk != disk_.Contents()) oracle_.Complain("the store has changed" + during);
  if (files != RealFiles(config_.store_path)) oracle_.Complain("a file has changed" + during);
  if (woken != Woken()) oracle_.Complain("the worker's wake signal has changed" + during);
  if (locked != IsLocked(config_.store_path)) oracle_.Complain("the lock has changed" + during);
}

std::string Simulation::LiveAsChild(std::uint64_t own_seed) {
  const std::uint64_t calls = disk_.calls(DiskFault::kIo), changes = disk_.changes();
  const std::size_t open = network_.open();
  const std::uint64_t requests = server_.requests();
  const std::weak_ptr<Agent::Impl> inherited = impl_;
  std::unique_ptr<Agent> agent = Agent::Impl::MakeAgent(std::move(impl_));
  std::string wrong = CallAll(agent.get());
  if (!wrong.empty()) return wrong;
  agent.reset();
  const std::shared_ptr<Agent::Impl> kept = inherited.lock();
  if (kept == nullptr) return "destruction ended what is the parent's";
  if (disk_.calls(DiskFault::kIo) != calls) return "the files were touched";
  if (network_.open() != open || server_.requests() != requests) return "the network was touched";
  // As the registry has it done before the child's own agent takes the same store.
  kept->worker().CloseInherited();
  if (disk_.changes() != changes) return "closing the inherited store changed its files";
  if (own_seed == 0) return "";
  wrong = RunOwnAgent(config_, own_seed);
  if (wrong.empty() && kept->Track("forked", {}, {}).code() != StatusCode::kNotRunning) {
    wrong = "the parent's agent runs again beside the child's own";
  }
  return wrong;
}

}  // namespace embeddables::test
