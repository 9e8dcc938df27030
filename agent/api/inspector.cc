#include "agent/api/inspector.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "agent/api/memory_counts.h"
#include "agent/base/reporter.h"
#include "agent/base/time.h"
#include "agent/send/reasons.h"
#include "platform/files.h"
#include "platform/process_lock.h"

namespace embeddables {

using std::chrono::milliseconds;

namespace {

// Parts that never agree would need a store that is moved all the time.
constexpr int kTries = 50;

milliseconds Since(std::int64_t ms) { return milliseconds(std::max<std::int64_t>(0, ms)); }

void Add(const Ledger& more, Ledger* all) {
  all->accepted += more.accepted;
  all->delivered += more.delivered;
  all->rejected += more.rejected;
  all->pending += more.pending;
  for (std::size_t i = 0; i < kDropReasons; ++i) all->dropped[i] += more.dropped[i];
}

}  // namespace

Status Inspector::Look(Inspection* out) {
  bool agree = false;
  Status status;
  for (int tries = 0; tries < kTries && !agree && status.ok(); ++tries) {
    if (tries > 0 && reader_.late()) break;
    status = ReadAll(&agree);
  }
  if (!status.ok()) return status;
  Inspection seen;
  seen.ledger = contents_.ledger;
  seen.dead_letters = contents_.dead_letters;
  seen.consent = contents_.consent;
  seen.complete = agree && copies_.SeesAll();
  if (contents_.oldest) seen.oldest = Since(reader_.age().Now() - *contents_.oldest);
  AddSettings(&seen);
  AddMemory(&seen);
  AddNotes(&seen);
  FindSender(&seen);
  AddFiles(&seen);
  *out = std::move(seen);
  return Status();
}

// The store's id and folders have to be known before the copies are made.
Status Inspector::ReadAll(bool* agree) {
  contents_ = StoreContents();
  Status status = reader_.Look([this](StoreReader* reader) { return reader->Read(&contents_); });
  if (!status.ok()) return status;
  const StoreContents before = std::move(contents_);
  copies_.Collect(before.store_id, before.memory_places);
  contents_ = StoreContents();
  delivered_rows_ = 0;
  status = reader_.Look(
      [this](StoreReader* reader) { return reader->Read(&contents_) && CountDelivered(); });
  *agree = before.store_id == contents_.store_id &&
           before.memory_places == contents_.memory_places && copies_.Agree(contents_.absorbed);
  return status;
}

bool Inspector::CountDelivered() {
  std::vector<std::int64_t> rows;
  for (const IntakeCopy& copy : copies_.all()) {
    const std::vector<std::int64_t>& more = copy.records.delivered_rows();
    rows.insert(rows.end(), more.begin(), more.end());
  }
  std::sort(rows.begin(), rows.end());
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  return reader_.CountRows(rows, &delivered_rows_);
}

void Inspector::AddMemory(Inspection* out) {
  const BootTime now = BootNow(clock_);
  const std::uint64_t settled = std::min(delivered_rows_, out->ledger.pending);
  out->ledger.delivered += settled;
  out->ledger.pending -= settled;
  for (IntakeCopy& copy : copies_.all()) {
    const MemoryCounts counts = CountMemory(&copy, contents_.absorbed, contents_.consent);
    Add(counts.ledger, &out->ledger);
    std::uint64_t in_memory = counts.waiting;
    if (copy.alive && copy.page == PageState::kWhole) {
      in_memory += copy.status.volatile_events;
      out->ledger.accepted += copy.status.volatile_events;
      out->ledger.pending += copy.status.volatile_events;
    }
    out->in_memory += in_memory;
    if (!copy.alive) out->left_over += in_memory;
    if (counts.oldest) out->oldest = std::max(out->oldest, Since(now - *counts.oldest));
    if (copy.alive) out->processes.push_back(Describe(copy, in_memory));
  }
  if (out->ledger.pending == 0) out->oldest = milliseconds(-1);
}

Reason Inspector::ReasonOf(const LiveStatus& status) const {
  Holdup holdup;
  if (status.waiting_for <= static_cast<std::uint8_t>(WaitingFor::kServer)) {
    holdup.reason.waiting_for = static_cast<WaitingFor>(status.waiting_for);
  }
  holdup.reason.http_status = std::clamp(status.http_status, 0, 999);
  CopyText(status.words, holdup.reason.words);
  holdup.since = BootOf(status.since_ms);
  holdup.until = BootOf(status.next_try_ms);
  return holdup.At(BootNow(clock_));
}

ProcessStatus Inspector::Describe(const IntakeCopy& copy, std::uint64_t in_memory) const {
  ProcessStatus process;
  process.in_memory = in_memory;
  process.memory_file = copy.path;
  if (copy.page != PageState::kWhole) return process;
  const LiveStatus& status = copy.status;
  process.pid = status.pid;
  process.version = status.version;
  process.sender = status.sender != 0;
  process.reason = ReasonOf(status);
  process.in_flight = status.in_flight;
  if (status.last_delivery_ms != INT64_MIN) {
    process.last_delivery = Since(BootNow(clock_) - BootOf(status.last_delivery_ms));
  }
  if (status.consent <= static_cast<std::uint8_t>(Consent::kDenied)) {
    process.consent = static_cast<Consent>(status.consent);
  }
  process.consent_required = status.consent_required != 0;
  return process;
}

void Inspector::AddNotes(Inspection* out) const {
  const AgeTime now = reader_.age().Now();
  const SendNotes::Noted& sent = contents_.sent;
  if (sent.delivery) out->last_delivery = Since(now - *sent.delivery);
  for (const ProcessStatus& each : out->processes) {
    const bool later = each.last_delivery.count() >= 0 &&
                       (out->last_delivery.count() < 0 || each.last_delivery < out->last_delivery);
    if (later) out->last_delivery = each.last_delivery;
    out->consent_required = out->consent_required || each.consent_required;
  }
  if (!sent.failure) return;
  const milliseconds ago = Since(now - sent.failure->at);
  if (out->last_delivery.count() >= 0 && out->last_delivery <= ago) return;
  out->last_failure.waiting_for = sent.failure->waits_for;
  out->last_failure.http_status = sent.failure->http_status;
  out->last_failure.since = ago;
  CopyText(sent.failure->words, out->last_failure.words);
  if (sent.failure->waits_for == WaitingFor::kServer && contents_.hold_until > now) {
    out->last_failure.next_try = milliseconds(contents_.hold_until - now);
  }
}

// A process whose intake is plain memory has no page: that it has the lock is all it tells.
void Inspector::FindSender(Inspection* out) const {
  const ProcessStatus* sender = nullptr;
  bool known_lock = false;
  for (const IntakeCopy& copy : copies_.all()) {
    known_lock =
        known_lock || (copy.alive && copy.page == PageState::kWhole && copy.status.has_lock != 0);
  }
  for (const ProcessStatus& each : out->processes) {
    if (each.sender || (sender == nullptr && each.reason.waiting_for == WaitingFor::kStore)) {
      sender = &each;
    }
    out->sends = out->sends || each.sender;
  }
  const Presence lock = ProcessLock::Find(path_ + ".lock");
  if (lock == Presence::kUnknown) out->complete = false;
  if (lock == Presence::kThere && !known_lock) out->sends = true;
  out->reason = sender != nullptr ? sender->reason : Otherwise(*out);
}

Reason Inspector::Otherwise(const Inspection& seen) const {
  Reason reason;
  if (seen.ledger.pending == 0) return reason;
  if (seen.consent_required && seen.consent == Consent::kUnknown) {
    reason.waiting_for = WaitingFor::kConsent;
    return reason;
  }
  // Of an event in memory, the person may be known.
  if (contents_.unidentified && seen.in_memory == 0) {
    reason.waiting_for = WaitingFor::kIdentity;
    return reason;
  }
  reason = seen.last_failure;
  const AgeTime now = reader_.age().Now();
  const AgeTime hold = contents_.hold_until;
  if (hold > now) reason.waiting_for = WaitingFor::kServer;
  // Events in memory wait for no time of their own.
  const AgeTime own = seen.in_memory == 0 ? contents_.next_try : AgeTime();
  if (own > now && reason.waiting_for == WaitingFor::kNothing) {
    reason.waiting_for =
        contents_.next_is_unknown ? WaitingFor::kUnknownUser : WaitingFor::kBackoff;
  }
  const AgeTime next = std::max(hold, own);
  if (next > now) reason.next_try = milliseconds(next - now);
  return reason;
}

// A bound that a live process owes to the store is in force before the store holds it.
void Inspector::AddSettings(Inspection* out) const {
  out->bounds = contents_.settings;
  out->consent_required = contents_.settings.consent_required;
  for (const IntakeCopy& copy : copies_.all()) {
    if (!copy.alive || copy.page != PageState::kWhole || copy.status.bounds_owed == 0) continue;
    Settings::Numbers numbers{};
    std::copy(std::begin(copy.status.bounds), std::end(copy.status.bounds), numbers.begin());
    out->bounds = Settings::ToInForce(numbers);
  }
}

void Inspector::AddFiles(Inspection* out) const {
  const FileSystem& files = SystemFiles();
  const std::string folder = path_.substr(0, path_.rfind('/') + 1);
  out->log_bytes = files.Size(path_ + "-wal");
  out->store_bytes = files.Size(path_) + out->log_bytes + files.Size(path_ + ".reserve");
  out->free_bytes = files.FreeBytes(path_);
  out->writable = IsWritable(path_) && IsWritable(folder);
}

}  // namespace embeddables
