#include "agent/worker/worker.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "agent/api/config.h"
#include "agent/send/gated_transport.h"
#include "platform/paths.h"
#include "platform/signal_guard.h"
#include "platform/thread.h"

namespace embeddables {
namespace {

constexpr int kAwaitStoreMs = 2000;  // in Start, of a store that another program has locked
constexpr std::int64_t kStoreRetryMs = 1000;
constexpr std::int64_t kLogAgainMs = 20;
constexpr std::int64_t kLogFullMs = 5000;
constexpr std::int64_t kLookMs = 100;  // for what another process does about a call
constexpr std::int64_t kUpkeepMs = 60 * 60'000;
constexpr std::int64_t kExpireAgainMs = 50;
constexpr std::int64_t kLookAgainMs = 1;
constexpr int kLooksForOthers = 100;
// One transaction must fit in the write-ahead log's bound. Each ends with a sync, which takes
// milliseconds: smaller ones cannot keep up with 200,000 events a second.
constexpr std::size_t kChunkBytes = 1024 * 1024;

std::int64_t Sooner(std::int64_t a, std::int64_t b) {
  if (a < 0 || b < 0) return std::max(a, b);
  return std::min(a, b);
}

}  // namespace

std::size_t Worker::ChunkBytes() const {
  return static_cast<std::size_t>(
      std::min<std::uint64_t>(kChunkBytes, config_.max_store_bytes / 16));
}

Worker::Worker(const Config& config, const Clock& clock, Intake* intake, Mailbox* mailbox,
               Reporter* reporter, WakeSignal* wake, std::uint64_t seed)
    : config_(config),
      clock_(clock),
      intake_(intake),
      mailbox_(mailbox),
      reporter_(reporter),
      wake_(wake),
      seed_(seed),
      endpoint_(config),
      courier_(config, clock, &endpoint_, reporter, seed) {}

Status Worker::Open(const std::string& store_path, std::unique_ptr<Transport> transport) {
  store_path_ = store_path;
  courier_.HeedPauses(&mailbox_->pausing);
  transport_ = std::make_unique<GatedTransport>(std::move(transport), &mailbox_->transport_gate);
  courier_.UseTransport(transport_.get());
  const SignalGuard guard;
  store_ = std::make_unique<Store>(config_, clock_, *files_);
  Status status = ClaimStore(true);
  if (!status.ok()) return status;
  const StepGate::Pass pass(&mailbox_->gate);
  status = OpenStore();
  if (!status.ok()) return status;
  TellDamage();
  mailbox_->denied = store_->consent() == Consent::kDenied;
  courier_.UseStore(store_.get());
  if (config_.monitor_network && !config_.store_only && !Endpoint::StaysOnDevice(config_)) {
    monitor_.Open();
  }
  clock_plausible_ = IsPlausible(clock_.WallMs());
  asleep_ms_ = clock_.AsleepMs();
  looked_at_ = clock_.BootMs();
  ChoosePlaces();
  TryToSend(clock_.BootMs());
  TakeOverRemains(clock_.BootMs());
  EraseStrangers(store_->made() ? Sweep::kNewStore : Sweep::kAge);
  status = MakeIntake();
  if (!status.ok()) return status;
  persist_ms_ = PersistInterval(config_, memory_.id() != 0).count();
  if (memory_.id() != 0) courier_.NoteDeliveriesIn(intake_);
  if (memory_.id() != 0 && SendsFromMemory(config_)) young_.Use(intake_);
  seen_to_ = intake_->Position();
  FinishDenial();
  PublishStats();
  return Status();
}

// Locked by another program, it is opened later (MindStore). Nobody knows then what it says of
// consent, so neither is anything sent nor is memory taken in its place.
Status Worker::OpenStore() {
  if (!config_.store_only) sender_lock_.TryAcquire(store_path_ + ".lock", store_path_);
  store_->LetCheckpoint(sender_lock_.held());
  const Status status = store_->Open(store_path_, kAwaitStoreMs);
  if (status.ok()) return status;
  if (store_->lockout().on()) {
    reporter_->Log(LogLevel::kWarning, status.message());
    return Status();
  }
  sender_lock_.Release();
  if (!config_.memory_fallback) return status;
  reporter_->Tell(OutcomeKind::kStoreFailed, status.message());
  in_memory_ = store_failed_ = true;
  return store_->Open(":memory:");
}

// One agent of this process a store. It is known by the lock's file, which stays when the database
// is replaced; whether it can be opened does not matter here. If there is nothing and it cannot be
// made, the store's Open or TryToSend says why.
Status Worker::ClaimStore(bool wait) {
  FileId file;
  std::string error;
  const std::string path = store_path_ + ".lock";
  if (process_ == nullptr || !MakeParentDirectory(path, &error)) return Status();
  MakePrivateFile(path, &error, store_path_);
  if (FindFile(path, &file) != Presence::kThere || process_->ClaimFile(file, wait)) {
    return Status();
  }
  return Status(StatusCode::kStoreUnusable,
                "another agent of this process has this store; use that one, or another store_path",
                store_path_);
}

void Worker::Run() {
  while (!ended_) {
    WatchMemory();
    const std::int64_t until = Step();
    if (mailbox_->park) ParkThisThread();
    if (!ended_) Sleep(until);
  }
}

void Worker::Sleep(std::int64_t until) {
  const std::int64_t end = FallAsleep(until);
  const std::int64_t wait = end < 0 ? -1 : std::max<std::int64_t>(0, end - clock_.BootMs());
  Watch();
  transport_->Wait(std::chrono::milliseconds(wait), watched_);
  WakeUp();
}

void Worker::Watch() {
  watched_ = {wake_->descriptor()};
  if (clock_watch_.descriptor() >= 0) watched_.push_back(clock_watch_.descriptor());
  if (doorbell_.descriptor() >= 0) watched_.push_back(doorbell_.descriptor());
  if (memory_.descriptor() >= 0) watched_.push_back(memory_.descriptor());
  // With nothing to send the network may come and go without waking the device.
  if (monitor_.descriptor() >= 0 && courier_.AnyPending()) {
    watched_.push_back(monitor_.descriptor());
  }
}

std::int64_t Worker::Step(std::int64_t stop_at) {
  const StepGate::Pass pass(&mailbox_->gate);
  reporter_->LetCallbacks();
  TakeCalls();
  const std::int64_t now = clock_.BootMs();
  MindStore(now);
  MindMemory(now);
  MindClock();
  NoticeOthers();
  if (AbsorbDue(now)) Absorb(now, stop_at);
  WatchNetwork();
  courier_.Step();
  Upkeep(now);
  TellDrops();
  StepCalls();
  if (ended_) return -1;
  PublishStats();

  std::int64_t next = courier_.NextStep();
  const std::int64_t after = clock_.BootMs();
  if (next >= 0) next = std::max(next, after);
  for (const auto& call : calls_) {
    if (call->deadline_ms > after) next = Sooner(next, call->deadline_ms);
  }
  if (first_seen_ >= 0 && !IntakesTurn().held) {
    // Hurried, what is still there is a record that its caller is about to complete.
    const std::int64_t within = Hurried() ? kLookAgainMs : persist_ms_;
    next = Sooner(next, std::max(first_seen_ + within, absorb_again_));
  }
  if (young_.on()) next = Sooner(next, NextFold(after));
  if (OthersSend() && store_->ledger().pending > 0) {
    next = Sooner(next, calls_.empty() ? try_lock_at_ : after + kLookMs);
  }
  next = Sooner(next, NextMending(after));
  next = Sooner(next, memory_.NextLook(intake_->Position()));
  next = Sooner(next, std::exchange(call_again_, -1));
  if (store_->ledger().pending > 0 || store_->lockout().on()) next = Sooner(next, upkeep_at_);
  return next;
}

// Waking the worker costs a caller microseconds. So while records came in the last interval the
// worker sleeps on a timer and nobody wakes it; only after an empty interval it says that it
// sleeps.
std::int64_t Worker::FallAsleep(std::int64_t until) {
  const std::int64_t now = clock_.BootMs();
  const bool young = young_.on();
  const std::int64_t quiet_at =
      young ? last_news_ + config_.flush_interval.count() : last_absorb_ + persist_ms_;
  const bool wanted = young && name_erased_;  // the next event, at once
  const bool rests = first_seen_ < 0 && (now >= quiet_at || wanted);
  if (first_seen_ < 0 && !rests) until = Sooner(until, quiet_at);
  const bool look_at_next = memory_.MustSeeNextRecord(intake_->Position());
  if (rests || look_at_next) {
    // Sequentially consistent, as the callers' exchange of tail and look at `sleeping`: either they
    // see that it is set, or the look at the intake here sees their record.
    mailbox_->sleeping.store(true);
    announced_ = true;
    const std::uint64_t seen = young ? seen_to_ : intake_->ReadPosition();
    if (rests && intake_->Position() != seen) until = now;
    if (look_at_next && !memory_.MustSeeNextRecord(intake_->Position())) until = now;
  }
  return until;
}

void Worker::WakeUp() {
  mailbox_->sleeping.store(false);
  wake_->Clear();
  clock_watch_.Clear();
}

// --- The intake.

bool Worker::AbsorbDue(std::int64_t now) {
  if (young_.on()) return FoldDue(now);
  const bool announced = std::exchange(announced_, false);
  if (intake_->Position() == intake_->ReadPosition()) {
    first_seen_ = -1;
    looked_at_ = now;
    absorb_all_ = false;
    return false;
  }
  // Who was not told to wake the worker may have come at any time since the last look.
  if (first_seen_ < 0) first_seen_ = announced ? now : looked_at_;
  if (now < absorb_again_ || IntakesTurn().held) return false;
  const bool urgent = mailbox_->urgent.exchange(false);
  const bool full = intake_->QueuedEvents() > 0 && intake_->HalfFull();
  return urgent || Hurried() || full || now - first_seen_ >= persist_ms_;
}

// With kImmediate: as many as the last commit has let go come again just now, and may share the
// next. For some 50 us, or one that does not come again would cost the others more.
void Worker::LetOthersJoin() const {
  for (int looks = 0; looks < kLooksForOthers && intake_->QueuedEvents() < came_together_;
       ++looks) {
    std::this_thread::yield();
  }
}

void Worker::Absorb(std::int64_t now, std::int64_t stop_at) {
  LetOthersJoin();
  bool more = true;
  while (more) {
    if (!AbsorbChunk(&more)) {
      KeepLogShort();
      return StoreFailed(now);
    }
    KeepLogShort();
    if (more && clock_.BootMs() >= stop_at) break;
  }
  absorb_all_ = more;  // a call that still waits says so again
  try_lock_at_ = 0;
  TellStoreRecovered("the store is written again");
  if (IsSender()) TakeOverRemains(now);
  last_absorb_ = clock_.BootMs();
  // What is reserved but not committed yet comes with the next look.
  const bool empty = intake_->Position() == intake_->ReadPosition();
  first_seen_ = empty || young_.on() ? -1 : last_absorb_;
  looked_at_ = last_absorb_;
  LeaveYoung(last_absorb_);
}

// A full disk may have room for one event where there is none for many: *chunk is less then.
bool Worker::BeginStoring(std::size_t one, std::size_t* chunk) {
  if (store_->BeginAppend(*chunk + config_.max_event_bytes)) return true;
  if (!store_->lacks_room()) return false;
  store_->Rollback();
  *chunk = one;
  return store_->BeginAppend(one);
}

bool Worker::AbsorbChunk(bool* more) {
  *more = false;
  const Turn turn = IntakesTurn();
  if (turn.held) return true;
  if (turn.denied) return DiscardIntake(turn.end);
  std::uint64_t events = 0;
  std::size_t bytes = 0;
  bool critical = false;
  std::string_view record;
  std::vector<Courier::Moved> moved;
  if (!ReadIntake(turn.end, &record)) return true;  // its caller is still writing it
  std::size_t chunk = ChunkBytes();
  bool stored = BeginStoring(record.size(), &chunk);
  if (stored && store_->consent() == Consent::kDenied) {
    store_->Rollback();
    intake_->Rewind();
    NoticeOthers();
    return DiscardIntake(turn.end);
  }
  do {
    if (intake_->last().delivered) continue;
    bytes += record.size();
    stored = stored && TakeLast(record, &events, &critical, &moved);
  } while (stored && bytes < chunk && ReadIntake(turn.end, &record));
  if (!stored || !store_->CommitAppend(TakenSoFar())) {
    store_->Rollback();
    for (const Courier::Moved& each : moved) store_->Unclaim(each.row);
    intake_->Rewind();
    return false;
  }
  name_erased_ = false;
  const std::uint64_t untold = FreeIntake(events + intake_->ReadDelivered());
  courier_.MovedToStore(moved);
  if (events > 0) {
    courier_.EventsStored(untold, critical);
    TellSender(critical ? Ring::kSendNow : Ring::kAppended);
  }
  *more = bytes >= chunk;
  return true;
}

bool Worker::TakeRecord(std::string_view bytes, std::uint64_t* events, bool* critical,
                        StoredEvent* claimed) {
  Record record;
  if (!DecodeRecord(bytes, &record)) return true;  // written by EncodeEvent: cannot be
  switch (record.kind) {
    case RecordKind::kEvent:
      ++*events;
      *critical = *critical || record.priority == Priority::kCritical;
      return store_->Append(record, bytes, claimed);
    case RecordKind::kIdentify:
      courier_.SendSoon();
      return store_->Identify(record.identifier.key, ValueJson(record.identifier.value));
    case RecordKind::kReset:
      return store_->ResetIdentity();
  }
  return true;
}

std::uint64_t Worker::FreeIntake(std::uint64_t events, const DropReason* purged) {
  // Together, or a snapshot in between would count events twice or not at all.
  const MutexLock lock(mailbox_->mutex);
  const std::uint64_t delivered = intake_->ReadDelivered();
  intake_->Free(events);
  const std::uint64_t untold = young_.Freed(events, delivered);
  mailbox_->stats.ledger = WholeLedger();
  mailbox_->delivered_in_intake = young_.delivered();
  mailbox_->stats.store_in_memory = in_memory_;
  mailbox_->stored_to = intake_->ReadPosition();
  if (purged != nullptr) {
    ++mailbox_->purges;
    mailbox_->purged_for = *purged;
  }
  if (config_.durability == Durability::kImmediate) {
    came_together_ = events;
    mailbox_->changed.NotifyAll();
  }
  return untold;
}

void Worker::StoreFailed(std::int64_t now) {
  absorb_all_ = true;  // what made it due is due still
  // Who sends was asked to empty the log, and mostly has by then.
  if (store_->log_full() && now - store_->log_full_since() < kLogFullMs) {
    absorb_again_ = now + kLogAgainMs;
    return;
  }
  absorb_again_ = RetryAt(now, kStoreRetryMs);
  TellStoreFailed();
}

// --- Upkeep.

void Worker::WatchNetwork() {
  if (monitor_.descriptor() < 0) return;
  const bool better = monitor_.Update();
  courier_.SetNetwork(Network(), better);
}

NetworkState Worker::Network() const {
  if (host_says_ != NetworkState::kUnknown) return host_says_;
  switch (monitor_.state()) {
    case NetworkMonitor::State::kUnknown:
      return NetworkState::kUnknown;
    case NetworkMonitor::State::kAvailable:
      return NetworkState::kAvailable;
    case NetworkMonitor::State::kUnavailable:
      return NetworkState::kUnavailable;
  }
  return NetworkState::kUnknown;
}

void Worker::Upkeep(std::int64_t now) {
  TryToSend(now);
  if (now < upkeep_at_) return;
  bool more = false;
  TakeOverRemains(now);
  EraseStrangers(Sweep::kAge);
  upkeep_at_ = store_->ExpireSome(&more) ? now + (more ? kExpireAgainMs : kUpkeepMs)
                                         : store_->RetryAt(now, kUpkeepMs);
}

void Worker::TellDrops() {
  const DropTally drops = store_->TakeDrops();
  for (std::size_t i = 0; i < kDropReasons; ++i) {
    if (drops.by_reason[i] > 0) {
      reporter_->TellDropped(static_cast<DropReason>(i), drops.by_reason[i]);
    }
  }
  if (store_->near_bound() == near_bound_told_) return;
  near_bound_told_ = store_->near_bound();
  if (near_bound_told_) {
    reporter_->Tell(OutcomeKind::kNearBound, "80 % of max_events or max_store_bytes is in use");
  }
}

void Worker::PublishStats() {
  Stats stats;
  stats.ledger = WholeLedger();
  const TransportCounters counters = transport_->counters();
  stats.dead_letters = store_->dead_letters();
  stats.requests = counters.requests;
  stats.connections = counters.connections;
  stats.in_flight = courier_.in_flight();
  stats.store_bytes = store_->FileBytes();
  bytes_written_ += store_->TakeBytesWritten();
  stats.bytes_written = bytes_written_;
  stats.store_in_memory = in_memory_;
  stats.sender = IsSender();
  stats.intake_crash_safe = memory_.id() != 0;
  stats.intake_bytes = intake_->bytes();
  stats.taken_over = taken_over_;
  const Holdup holdup = courier_.Why();
  const MutexLock lock(mailbox_->mutex);
  mailbox_->stats = stats;
  mailbox_->holdup = holdup;
  mailbox_->delivered_in_intake = young_.delivered();
}

void Worker::End() {
  TellDrops();
  PublishStats();
  LeaveIntake();
  store_->Close();
  doorbell_.Close();
  sender_lock_.Release();
  if (process_ != nullptr) process_->EndClaim();
  if (mailbox_->park) ParkThisThread();
  monitor_.Close();
  transport_.reset();
  ended_ = true;
}

void Worker::LetGo() {
  const StepGate::Pass pass(&mailbox_->gate);
  transport_.reset();
  leaving_.reset();
  store_.reset();
}

}  // namespace embeddables
