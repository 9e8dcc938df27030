#include "tests/simulation/simulation.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <string_view>
#include <vector>

#include "agent/intake/left_over_intake.h"
#include "agent/worker/calls/setting_calls.h"
#include "platform/socket.h"
#include "tests/support/bytes.h"

namespace embeddables::test {
namespace {

constexpr std::int64_t kHourMs = 3'600'000;
// More steps at one instant are a busy loop.
constexpr int kSpins = 2'000;
// Nobody waits longer than that many steps at a stretch: a seed is to end.
constexpr int kStepsAtAStretch = 600;
// With a broken disk each of them may open the store anew, which is the same each time.
constexpr int kStepsOfABrokenDisk = 60;

}  // namespace

Simulation::Simulation(const Config& config, std::uint64_t seed, Coverage* coverage)
    : config_(config),
      first_config_(config),
      memory_(config.store_path.substr(0, config.store_path.rfind('/')) + "/memory"),
      random_(seed),
      coverage_(coverage),
      server_(seed + 1, config.base_url.rfind("https", 0) == 0),
      oracle_(config_, clock_, &disk_, config.store_path, coverage),
      network_(&server_, &clock_, &oracle_),
      fork_random_(seed + 2),
      settings_random_(seed + 3) {
  sqlite3_randomness(0, nullptr);  // begins anew, from the disk's own
  std::filesystem::create_directory(memory_);
  ForgetMemory();
  disk_.on_sleep = [this](int microseconds) { clock_.Advance(microseconds / 1000); };
}

Simulation::~Simulation() {
  disk_.Kill();
  impl_.reset();
}

// --- Lives.

bool Simulation::Start() {
  oracle_.Trace("start");
  Seeds seeds;
  seeds.ids_a = random_.Next();
  seeds.ids_b = random_.Next();
  seeds.worker = random_.Next();
  config_.api_key = server_.key();
  if (settings_vary_) DrawSettings(&config_);
  api_key_ = config_.api_key;
  paused_ = false;
  network_state_ = NetworkState::kUnknown;
  asleep_ = false;
  wake_at_ = BootTime::Never();
  erasing_ = nullptr;
  removed_ = false;
  consents_.clear();
  impl_ = std::make_shared<Agent::Impl>(config_, clock_, seeds);
  impl_->worker().UseFiles(files_);
  if (config_.crash_safe_intake) impl_->worker().UseMemoryFolder(memory_);
  const std::uint64_t failures = failures_before_life_ = disk_.failures();
  const Status status = impl_->Open(network_.MakeTransport());
  // For what a fork does to it; its claim on the store's real file is for real processes.
  if (impl_->Join() != ProcessMember::Entry::kIn) oracle_.Complain("it may join the process");
  if (status.ok() && !disk_.dead()) {
    oracle_.Started(impl_->GetStats());
    return true;
  }
  const bool healthy = failures == disk_.failures() && !disk_.has_end();
  if (!disk_.dead() && healthy && !oracle_.memory_may_fail()) {
    oracle_.Complain(std::string("Start: ") + status.message());
  }
  oracle_.Trace(std::string("start failed: ") + status.message());
  impl_.reset();
  return false;
}

void Simulation::CleanUpAfterDeath(LifeEnd end, PowerCut cut) {
  ++crashes_;
  oracle_.Trace(end == LifeEnd::kSigkill ? std::string("killed")
                                         : std::string("without power, unsynced ") + Name(cut));
  disk_.Kill();
  network_.AbandonAll();
  impl_.reset();
  oracle_.Ended(end, false);
  if (end == LifeEnd::kPowerCut) {
    ForgetMemory();
    disk_.Cut(cut, &random_);
    clock_.Reboot(5'000 + random_.Below(60'000));
    coverage_->Count("power cut", Name(cut));
  }
  disk_.Revive();
  TakeOverMemory();
  oracle_.Inspect(true);
}

void Simulation::ForgetMemory() {
  for (const auto& file : std::filesystem::directory_iterator(memory_)) {
    std::filesystem::remove(file.path());
  }
}

// By processes that start and do nothing more, so that it can be seen what came of it: some die of
// it, and the last has a healthy disk.
void Simulation::TakeOverMemory() {
  for (const auto& file : std::filesystem::directory_iterator(memory_)) {
    LeftOverIntake remains(ReadBytes(file.path()));
    for (std::string_view record; remains.Next(&record);) {
    }
    if (remains.TakeDelivered() > 0) {
      coverage_->Count("happened", "delivered and not counted yet");
    }
  }
  for (int left = 2; left >= 0 && !std::filesystem::is_empty(memory_); --left) {
    if (left > 0) {
      disk_.KillAt(static_cast<std::uint64_t>(1 + random_.Below(30)));
    } else {
      disk_.Heal();
    }
    const std::uint64_t taken = OpenOnly();
    if (taken > 0) coverage_->Count("happened", "memory taken over");
    disk_.Revive();
  }
  ForgetMemory();
}

// How many events it found in memory.
std::uint64_t Simulation::OpenOnly() {
  heirs_config_ = config_;
  if (settings_vary_) DrawSettings(&heirs_config_);
  heirs_config_.memory_fallback = heirs_config_.pump = false;
  heirs_config_.durability = Durability::kBuffered;
  Seeds seeds;
  seeds.worker = random_.Next();
  bool died = false;
  std::uint64_t taken = 0;
  {
    Agent::Impl heir(heirs_config_, clock_, seeds);
    heir.worker().UseFiles(files_);
    heir.worker().UseMemoryFolder(memory_);
    const Status status = heir.Open(network_.MakeTransport());
    taken = status.ok() ? heir.GetStats().taken_over : 0;
    died = disk_.dead();
    oracle_.Trace(std::string("an heir ") + (died ? "dies " : "lives ") + status.message() +
                  ", events " + std::to_string(taken));
    disk_.Kill();
  }
  if (!died) disk_.Revive();
  return taken;
}

bool Simulation::DamageHeader() {
  const auto node = disk_.Find(config_.store_path);
  const auto log = disk_.Find(config_.store_path + "-wal");
  if (running() || node == nullptr || node->bytes.empty()) return false;
  if (log != nullptr && !log->bytes.empty()) return false;
  for (std::string* image : {&node->bytes, &node->durable}) {
    const std::size_t size = std::min<std::size_t>(image->size(), 100);
    image->replace(0, size, size, '\xa5');
  }
  oracle_.Trace("the medium damages the store's header");
  oracle_.StoreDamaged();
  return true;
}

bool Simulation::LoseDatabase() {
  if (running() || !disk_.Has(config_.store_path + "-wal")) return false;
  disk_.Remove(config_.store_path, true);
  oracle_.Trace("the database is gone, its log is left");
  oracle_.StoreDamaged();
  return true;
}

void Simulation::RepairAmongFaults() {
  for (int lives = static_cast<int>(random_.Below(3)); lives > 0 && !broken(); --lives) {
    if (random_.Below(2) == 0) {
      disk_.Fail(DiskFault::kIo, static_cast<std::uint64_t>(1 + random_.Below(300)), 1);
    } else {
      disk_.KillAt(static_cast<std::uint64_t>(1 + random_.Below(40)));
    }
    OpenOnly();
    disk_.Heal();
    if (!disk_.dead()) continue;
    const bool power = random_.Below(2) == 0;
    const auto cut = static_cast<PowerCut>(random_.Below(3));
    coverage_->Count("happened", power ? "power cut in a repair" : "death in a repair");
    // Its end says nothing of the life before, whose memory may have gone with the power.
    if (power) {
      CleanUpAfterDeath(LifeEnd::kPowerCut, cut);
    } else {
      ++crashes_;
      disk_.Revive();
    }
  }
  FinishRepair();
}

void Simulation::FinishRepair() {
  disk_.Heal();
  OpenOnly();
  bool aside = false;
  for (const std::string& file : disk_.Files()) {
    aside = aside || KindOf(file) == DiskFile::kAside;
    if (file.find(".salvage-") != std::string::npos) oracle_.Complain("not salvaged: " + file);
  }
  if (aside) coverage_->Count("happened", "set aside and salvaged");
  oracle_.StoreRepaired();
  oracle_.Inspect(true);
}

void Simulation::Sigkill() {
  oracle_.Trace("SIGKILL");
  CleanUpAfterDeath(LifeEnd::kSigkill, PowerCut::kKept);
}

void Simulation::CutPower(PowerCut cut) {
  oracle_.Trace(std::string("power cut, unsynced data ") + Name(cut));
  CleanUpAfterDeath(LifeEnd::kPowerCut, cut);
}

// --- The loop.

bool Simulation::Due() const {
  const std::int64_t now = clock_.BootMs();
  if (!asleep_ || wake_at_ <= BootTime(now)) return true;
  const std::int64_t answer = network_.NextAt();
  if (answer >= 0 && answer <= now) return true;
  if (config_.pump) return false;  // the host looks at what Pump told it
  return Woken();
}

bool Simulation::Woken() const {
  return WaitReadable({impl_->wake().waitable()}, std::chrono::milliseconds(0));
}

void Simulation::Pump() {
  std::chrono::milliseconds next{0};
  const Status status = impl_->Pump(std::chrono::milliseconds(0), &next);
  asleep_ = status.ok();
  if (!asleep_ && status.code() != StatusCode::kNotRunning) oracle_.Complain(status.message());
  wake_at_ =
      next == std::chrono::milliseconds::max() ? BootTime::Never() : BootNow(clock_) + next.count();
}

void Simulation::StepThread() {
  Worker& worker = impl_->worker();
  if (asleep_) worker.WakeUp();
  const BootTime until = worker.Step();
  asleep_ = !worker.ended();
  if (asleep_) wake_at_ = worker.FallAsleep(until);
}

void Simulation::Step() {
  ++steps_;
  config_.pump ? Pump() : StepThread();
  if (disk_.dead()) return;
  const Stats stats = impl_->GetStats();
  oracle_.AfterStep(stats);
  TakeOutcomes(stats);
  WatchOrders();
  if (fork_at_ != 0 && steps_ >= fork_at_) Fork();
}

void Simulation::TakeOutcomes(const Stats& stats) {
  Outcome outcomes[32];
  LogLine lines[32];
  for (;;) {
    const std::size_t count = impl_->reporter().TakeOutcomes(outcomes, 32);
    for (std::size_t i = 0; i < count; ++i) oracle_.TookOutcome(outcomes[i], stats);
    if (count < 32) break;
  }
  impl_->reporter().TakeLog(lines, 32);
}

void Simulation::WatchOrders() {
  for (; !consents_.empty() && consents_.front()->done(); consents_.pop_front()) {
    oracle_.ConsentDone(consents_.front()->consent());
  }
  if (erasing_ == nullptr) return;
  if (!erasing_->HoldsIntake() && !removed_) oracle_.Erased();
  removed_ = !erasing_->HoldsIntake();
  if (!erasing_->done()) return;
  oracle_.EraseDone(erasing_for_, kMarker);
  erasing_ = nullptr;
  removed_ = false;
}

void Simulation::Advance(std::int64_t ms) {
  AdvanceUntil(ms, [] { return false; });
}

void Simulation::AdvanceUntil(std::int64_t ms, const Done& done) {
  const std::int64_t end = clock_.elapsed_ms() + ms;
  int steps = 0;
  if (config_.pump) asleep_ = false;  // a frame of the host
  while (running() && !disk_.dead() && !broken() && !done()) {
    if (Due()) {
      Step();
      if (impl_->worker().ended()) return;
      if (++spins_ > kSpins) return oracle_.Complain("the worker spins");
      if (++steps > (disk_.failing() ? kStepsOfABrokenDisk : kStepsAtAStretch)) return;
      continue;
    }
    const std::int64_t left = end - clock_.elapsed_ms();
    if (left <= 0) return;
    std::int64_t next = clock_.BootMs() + left;
    next = std::min(next, wake_at_.ms());
    if (network_.NextAt() >= 0) next = std::min(next, network_.NextAt());
    clock_.AdvanceTo(next);
    spins_ = 0;
  }
  if (!running()) clock_.Advance(std::max<std::int64_t>(0, end - clock_.elapsed_ms()));
}

void Simulation::Settle() {
  oracle_.Trace("all is healthy from here on");
  server_.BePerfect();
  disk_.Heal();
  if (oracle_.store_damaged()) FinishRepair();
  if (!running() && !Start()) return oracle_.Complain("no start on a healthy disk");
  Advance(10'000);
  SetConsent(Consent::kGiven);
  Post(MakeCall<ResumeCall>(), 0);
  oracle_.SetPaused(false);
  SetApiKey(server_.key());
  Post(MakeCall<SetNetworkCall>(NetworkState::kAvailable), 0);
  oracle_.SetNetwork(NetworkState::kAvailable);
  Identify("last@x.y");
  const std::int64_t longest =
      oracle_.pace().LongestWait() / kHourMs + oracle_.in_force().unidentified_max_age.count() + 4;
  const std::int64_t end = clock_.elapsed_ms() + longest * kHourMs;
  // An hour with many steps is advanced through in parts.
  for (std::int64_t part = 0; part < 10 * longest && clock_.elapsed_ms() < end; ++part) {
    if (!running() || broken()) break;
    Advance(kHourMs);
    if (running() && impl_->GetStats().ledger.pending == 0) return;
  }
  if (broken() || !running()) return;
  const Stats stats = impl_->GetStats();
  if (stats.ledger.pending > 0) {
    oracle_.Inspect(false);
    for (const std::string& name : oracle_.rows()) oracle_.Trace("stuck: " + name);
    oracle_.Complain(std::to_string(stats.ledger.pending) + " events are stuck, waiting for " +
                     Name(stats.waiting_for));
  }
}

}  // namespace embeddables::test
