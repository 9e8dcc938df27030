// What a seed does to the host, the disk, the network and the clocks.

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "agent/event/true_time.h"
#include "agent/worker/calls/setting_calls.h"
#include "tests/simulation/simulation.h"

namespace embeddables::test {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

constexpr std::int64_t kSecond = 1'000, kMinute = 60 * kSecond, kHour = 60 * kMinute;
constexpr std::int64_t kYear = 365 * 24 * kHour;
// Of what ActOnHost does.
constexpr std::int64_t kReset = 1, kPause = 4, kNewKey = 6, kPurge = 15;

template <class T, std::size_t N>
T Pick(const T (&from)[N], Random* random) {
  return from[random->Below(N)];
}

}  // namespace

Config DrawConfig(const std::string& store_path, Random* random) {
  Config config;
  config.project_id = "pr_sim";
  config.embeddable_id = "flow_sim";
  config.api_key = "rk_good_1";
  if (random->Below(6) == 0) {
    config.base_url = "http://relay.example";
    config.allow_plain_http = true;
  }
  config.store_path = store_path;
  config.memory_fallback = random->Below(4) == 0;
  config.max_event_bytes = Pick({std::size_t{1024}, std::size_t{4096}, std::size_t{16384}}, random);
  config.intake_bytes = Pick({std::size_t{64} << 10, std::size_t{256} << 10}, random);
  config.max_events = Pick({5u, 50u, 1'000'000u, 1'000'000u, 1'000'000u}, random);
  config.max_store_bytes = Pick({1u << 20, 64u << 20, 64u << 20, 64u << 20}, random);
  config.min_free_bytes = 0;
  config.monitor_network = false;
  config.max_volatile_events = Pick({1u, 20u, 1000u}, random);
  config.max_dead_letters = Pick({0u, 3u, 1000u, 1000u}, random);
  config.max_age = hours(Pick({1, 24, 24 * 90, 24 * 90, 24 * 90}, random));
  config.unidentified_max_age = hours(Pick({1, 24, 24 * 7, 24 * 7}, random));
  config.persist_interval = milliseconds(Pick({1, 50, 250, 2'000}, random));
  config.batch_events = Pick({1u, 10u, 100u}, random);
  config.flush_interval = milliseconds(Pick({1, 500, 2'000, 60'000}, random));
  config.max_in_flight = Pick({1u, 2u, 8u, 32u}, random);
  config.backoff_initial = milliseconds(Pick({200, 1'000, 5'000}, random));
  config.backoff_max = milliseconds(Pick({60'000, 900'000, 3'600'000}, random));
  config.max_retry_after = milliseconds(Pick({0, 60'000, 3'600'000}, random));
  config.credentials_retry = milliseconds(Pick({30'000, 900'000}, random));
  config.unknown_user_retry = milliseconds(Pick({30'000, 900'000}, random));
  config.unknown_user_max_age = hours(Pick({0, 1, 24}, random));
  config.consent_policy =
      random->Below(3) == 0 ? ConsentPolicy::kRequired : ConsentPolicy::kNotRequired;
  config.pump = random->Below(6) == 0;
  if (!config.pump && random->Below(8) == 0) {
    config.durability = Durability::kImmediate;
    config.immediate_timeout = milliseconds(1);
  }
  config.outcome_capacity = Pick({std::size_t{0}, std::size_t{4}, std::size_t{10'000}}, random);
  config.delivered_outcomes = random->Below(2) == 0;
  config.crash_safe_intake = random->Below(2) == 0;
  // Start refuses intervals that are less than a second apart.
  if (config.crash_safe_intake) {
    const bool slow = config.flush_interval == milliseconds(2'000);
    config.persist_interval =
        milliseconds(slow ? Pick({250, 5'000}, random) : Pick({250, 2'000, 5'000}, random));
  }
  return config;
}

// Each life is another process on the store, with settings of its own: it names what the first one
// did, other values, or nothing. The files never shrink, so nobody names other bytes.
void Simulation::DrawSettings(Config* config) {
  Random* const random = &settings_random_;
  const std::int64_t what = random->Below(4);
  coverage_->Count("settings", what == 0 ? "none" : what == 1 ? "others" : "as before");
  const Config& named = what == 0 ? Config() : first_config_;
  config->max_events = named.max_events;
  config->max_store_bytes = named.max_store_bytes;
  config->min_free_bytes = named.min_free_bytes;
  config->max_dead_letters = named.max_dead_letters;
  config->max_age = named.max_age;
  config->unidentified_max_age = named.unidentified_max_age;
  config->unknown_user_max_age = named.unknown_user_max_age;
  config->consent_policy = named.consent_policy;
  if (what != 1) return;
  config->max_events = Pick({7u, 60u, 1'000'000u}, random);
  config->max_dead_letters = Pick({0u, 5u, 1000u}, random);
  config->max_age = hours(Pick({2, 24 * 90}, random));
  config->unidentified_max_age = hours(Pick({2, 24 * 7}, random));
  config->unknown_user_max_age = hours(Pick({0, 2, 24}, random));
  config->consent_policy = Pick(
      {ConsentPolicy::kAsStored, ConsentPolicy::kRequired, ConsentPolicy::kNotRequired}, random);
}

// --- Draws.

std::int64_t Simulation::DrawDelay() {
  switch (random_.Below(10)) {
    case 0:
      return 0;
    case 1:
    case 2:
    case 3:
    case 4:
      return random_.Below(500);
    case 5:
    case 6:
    case 7:
      return random_.Below(30 * kSecond);
    case 8:
      return random_.Below(30 * kMinute);
    default:
      return random_.Below(10) == 0 ? random_.Below(48 * kHour) : random_.Below(2 * kHour);
  }
}

Priority Simulation::DrawPriority() {
  return Pick({Priority::kVolatile, Priority::kLow, Priority::kNormal, Priority::kNormal,
               Priority::kCritical},
              &random_);
}

const char* Simulation::DrawKind() {
  if (random_.Below(4) != 0) return "plain";
  return Pick({"poison", "cursed", "bad", "forbidden", "odd"}, &random_);
}

std::string Simulation::DrawPerson() {
  if (random_.Below(8) == 0) return "ghost" + std::to_string(random_.Below(2));
  return "user" + std::to_string(random_.Below(5));
}

bool Simulation::Is(const std::string& situation) const {
  const std::int64_t now = clock_.BootMs();
  const Weather weather = server_.weather();
  if (situation == "in flight") return network_.open() > 0;
  if (situation == "breaker") return oracle_.pace().circuit() != Pace::Circuit::kClosed;
  if (situation == "refused") return oracle_.pace().refused(now);
  if (situation == "retry-after") return oracle_.pace().held(now);
  if (situation == "disk failing") return disk_.failing();
  if (situation == "offline") return network_state_ == NetworkState::kUnavailable;
  if (situation == "paused") return paused_;
  if (situation == "portal") return weather == Weather::kPortal;
  if (situation == "no network")
    return weather >= Weather::kNoDns && weather <= Weather::kBlackHole;
  if (situation == "no consent") {
    return oracle_.in_force().consent_required && oracle_.consent() != Consent::kGiven;
  }
  return oracle_.pending_hint() > 20;  // backlog
}

void Simulation::Happened(const char* what) {
  coverage_->Count("happened", what);
  for (const char* situation : kSituations) {
    if (Is(situation)) coverage_->Count("pair", std::string(what) + " / " + situation);
  }
}

// --- Deeds.

// Each draw is a statement of its own: the order of a call's arguments is the compiler's choice,
// and a seed must mean the same to all.
void Simulation::TrackSome(int count) {
  const Priority priority = DrawPriority();
  const char* kind = DrawKind();
  Track(count, priority, kind);
}

void Simulation::BreakDisk() {
  if (random_.Below(3) == 0) {
    // Where there is something to cut or to sync there is little else: not to be missed.
    const DiskOp op = random_.Below(2) == 0 ? Pick({DiskOp::kTruncate, DiskOp::kSync}, &random_)
                                            : static_cast<DiskOp>(random_.Below(kDiskOps));
    const auto nth = static_cast<std::uint64_t>(1 + random_.Below(4));
    oracle_.Trace("disk: EIO at " + std::to_string(nth) + " " + Name(op));
    coverage_->Count("disk fault", Name(DiskFault::kIo));
    return disk_.FailOnly(op, nth, 1);
  }
  const DiskFault fault = Pick({DiskFault::kIo, DiskFault::kIo, DiskFault::kFull,
                                DiskFault::kReadOnly, DiskFault::kShortWrite},
                               &random_);
  const bool stays = random_.Below(3) == 0;
  const auto nth = static_cast<std::uint64_t>(1 + random_.Below(random_.Below(2) == 0 ? 8 : 60));
  if (fault == DiskFault::kFull && stays) {
    const auto blocks = static_cast<std::uint64_t>(random_.Below(64));
    oracle_.Trace("disk: " + std::to_string(blocks) + " blocks are free");
    coverage_->Count("disk fault", Name(fault));
    return disk_.Bound(disk_.used() + blocks * SimDisk::kBlock);
  }
  oracle_.Trace(std::string("disk: ") + Name(fault) + (stays ? " from call " : " at call ") +
                std::to_string(nth));
  coverage_->Count("disk fault", Name(fault));
  disk_.Fail(fault, nth, stays ? SimDisk::kForEver : 1);
}

// Of a store that is there.
bool Simulation::ChangeStore(const std::string& sql) {
  sqlite3* db = nullptr;
  const bool changed =
      sqlite3_open_v2(config_.store_path.c_str(), &db, SQLITE_OPEN_READWRITE, nullptr) ==
          SQLITE_OK &&
      sqlite3_exec(db, ("BEGIN;" + sql + "COMMIT").c_str(), nullptr, nullptr, nullptr) == SQLITE_OK;
  sqlite3_close(db);
  return changed;
}

// The medium forgets, while nobody runs: one record becomes unreadable.
void Simulation::DamageARow() {
  if (oracle_.rows().empty()) return;
  const std::string& name = oracle_.rows()[static_cast<std::size_t>(
      random_.Below(static_cast<std::int64_t>(oracle_.rows().size())))];
  if (ChangeStore("UPDATE event SET record=x'00ff' WHERE instr(record, CAST('" + name +
                  "' AS BLOB))>0;")) {
    oracle_.Trace("the medium damages " + name);
    oracle_.Damaged(name);
  }
}

// What later versions brought goes. The upgrade must bring it back and keep all else.
void Simulation::MakeOlder() {
  if (ChangeStore("DROP TABLE intake;DROP INDEX identity_window;DELETE FROM meta WHERE key IN"
                  " ('store_id','settings','max_events','max_store_bytes','min_free_bytes',"
                  "'max_dead_letters','max_age','unidentified_max_age','unknown_user_max_age',"
                  "'consent_required');PRAGMA user_version=1;")) {
    oracle_.Trace("the store is of the first version");
    coverage_->Count("happened", "upgrade");
  }
}

// What happens in few places only, fails in them.
void Simulation::PerhapsBreakDisk() {
  if (random_.Below(4) == 0 && !disk_.failing()) BreakDisk();
}

void Simulation::EndLife() {
  PerhapsBreakDisk();
  const auto nth = static_cast<std::uint64_t>(1 + random_.Below(40));
  switch (random_.Below(6)) {
    case 0:
      Happened("shutdown");
      Shutdown(true, random_.Below(10) * kSecond);
      break;
    case 1:
      Happened("destruction");
      Shutdown(false, kSecond);
      break;
    case 2:
      Happened("sigkill");
      return Sigkill();
    case 3:
      Happened("power cut");
      return CutPower(static_cast<PowerCut>(random_.Below(3)));
    default:
      // In the middle of what it does with its files.
      pending_end_ = random_.Below(2) == 0 ? LifeEnd::kSigkill : LifeEnd::kPowerCut;
      pending_cut_ = static_cast<PowerCut>(random_.Below(3));
      oracle_.Trace("dies at write " + std::to_string(nth));
      Happened(pending_end_ == LifeEnd::kSigkill ? "sigkill" : "power cut");
      disk_.KillAt(nth);
      TrackSome(1 + static_cast<int>(random_.Below(20)));
      Persist(kSecond);
      Advance(20 * kSecond);
      if (!disk_.dead() && running()) Shutdown(random_.Below(2) == 0, kSecond);
      if (disk_.dead()) CleanUpAfterDeath(pending_end_, pending_cut_);
  }
}

void Simulation::Reopen() {
  clock_.Advance(random_.Below(4) == 0 ? DrawDelay() : random_.Below(3 * kSecond));
  if (random_.Below(4) == 0) DamageARow();
  if (random_.Below(6) == 0 && DamageHeader()) RepairAmongFaults();
  if (random_.Below(4) == 0) MakeOlder();
  PerhapsBreakDisk();
  if (Start()) return;
  if (disk_.dead()) CleanUpAfterDeath(LifeEnd::kSigkill, PowerCut::kKept);
  if (random_.Below(2) == 0) disk_.Heal();
}

void Simulation::ActOnHost(std::int64_t which) {
  switch (which) {
    case 0:
      return Identify(DrawPerson());
    case kReset:
      Happened("reset");
      return Reset();
    case 2:
      Persist(1 + random_.Below(5 * kSecond));
      if (running() && !disk_.dead() && random_.Below(4) == 0) oracle_.Inspect(false);
      return;
    case 3:
      Flush(random_.Below(10 * kSecond));
      return;
    case kPause:
    case kPause + 1:
      paused_ = !paused_ && random_.Below(2) == 0;
      oracle_.Trace(paused_ ? "Pause" : "Resume");
      if (paused_) Happened("pause");
      if (paused_) {
        Post(MakeCall<PauseCall>(), 0);
      } else {
        Post(MakeCall<ResumeCall>(), 0);
      }
      return oracle_.SetPaused(paused_);
    case kNewKey:
    case kNewKey + 1:
      Happened("new key");
      return SetApiKey(random_.Below(3) != 0 ? server_.key() : "rk_bad");
    case 8:
      if (random_.Below(2) == 0) {
        PerhapsBreakDisk();
        Happened("denial");
        SetConsent(Consent::kDenied);
        return;
      }
      SetConsent(random_.Below(5) == 0 ? Consent::kUnknown : Consent::kGiven);
      return;
    case 9:
      SetConsent(Consent::kGiven);
      return;
    case 10:
    case 11:
      network_state_ = static_cast<NetworkState>(random_.Below(3));
      oracle_.Trace("network state " + std::to_string(static_cast<int>(network_state_)));
      Post(MakeCall<SetNetworkCall>(network_state_), 0);
      return oracle_.SetNetwork(network_state_);
    case 12:
      SetWallClock();
      coverage_->Count("happened", "time told");
      return;
    case 13:
      coverage_->Count("happened", "suspend");
      Suspend(random_.Below(kSecond));
      if (random_.Below(2) == 0) clock_.Sleep(DrawDelay());
      if (random_.Below(2) == 0) Resume();
      return;
    case 14:
      Requeue(random_.Below(3) == 0 ? 1 + random_.Below(20) : 0);
      return;
    default:
      PerhapsBreakDisk();
      Happened("purge");
      Purge();
  }
}

void Simulation::ActOnWorld(std::int64_t which) {
  switch (which) {
    case 0:
    case 1:
    case 2: {
      const Weather weather = random_.Below(3) == 0 ? Weather::kClear
                              : random_.Below(4) == 0
                                  ? Pick({Weather::kThrottling, Weather::kPortal}, &random_)
                                  : static_cast<Weather>(random_.Below(kWeathers));
      oracle_.Trace(std::string("weather: ") + Name(weather));
      coverage_->Count("weather", Name(weather));
      return server_.SetWeather(weather);
    }
    case 3:
      oracle_.Trace("the server's key changes");
      return server_.RotateKey();
    case 4:
      return disk_.failing() ? disk_.Heal() : BreakDisk();
    case 5:
      oracle_.Trace("sleep");
      Happened("sleep");
      if (network_.open() > 0) oracle_.MayProbe();
      return clock_.Sleep(DrawDelay());
    default:
      oracle_.Trace("the wall clock jumps");
      Happened("wall jump");
      return JumpWall();
  }
}

// What TLS refused because of the clock is tried again.
void Simulation::JumpWall() {
  const bool wrong = !IsPlausible(WallNow(clock_));
  clock_.JumpWall(random_.Below(60 * kYear) - 30 * kYear);
  if (wrong && IsPlausible(WallNow(clock_))) oracle_.ClockCameRight();
}

void Simulation::ActBeforeItIsOver() {
  switch (random_.Below(8)) {
    case 0:
      Happened("denial");
      SetConsent(Consent::kDenied);
      return;
    case 1:
    case 2:
    case 3:
      return EndLife();
    case 4:
    case 5:
      return ActOnHost(Pick({kReset, kPause, kPause, kNewKey, kPurge}, &random_));
    default:
      return ActOnWorld(5 + random_.Below(2));
  }
}

void Simulation::Act() {
  // A server's hold or a request is soon over: what can fall into it gets its chance.
  if (Is("retry-after") && random_.Below(2) == 0) return ActBeforeItIsOver();
  if (Is("in flight") && random_.Below(6) == 0) return ActBeforeItIsOver();
  const std::int64_t draw = random_.Below(100);
  if (draw < 45) {
    const bool many = random_.Below(8) == 0 && config_.durability != Durability::kImmediate;
    const int count = 1 + static_cast<int>(random_.Below(many ? 120 : 8));
    return TrackSome(count);
  }
  if (draw < 75) return ActOnHost(random_.Below(16));
  if (draw < 93) return ActOnWorld(random_.Below(7));
  EndLife();
}

bool Simulation::Run() {
  settings_vary_ = true;
  const std::int64_t deeds = 20 + random_.Below(100);
  for (std::int64_t i = 0; i < deeds && !broken(); ++i) {
    if (!running()) {
      Reopen();
    } else {
      PerhapsFork();
      Act();
    }
    if (running() && !broken() && !disk_.dead()) Advance(DrawDelay());
    if (disk_.dead()) CleanUpAfterDeath(pending_end_, pending_cut_);
  }
  if (!broken()) Settle();
  if (!broken() && running()) Shutdown(true, 10'000);
  return !broken();
}

}  // namespace embeddables::test
