#include "agent/worker/publisher.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <optional>
#include <string_view>

#include "agent/base/mutex.h"
#include "platform/shared_memory.h"

namespace embeddables {

Stats Publisher::Gather(const TransportCounters& counters) {
  Stats stats;
  stats.ledger = store_.WholeLedger();
  stats.dead_letters = store_->letters().count();
  stats.requests = counters.requests;
  stats.connections = counters.connections;
  stats.in_flight = courier_.in_flight();
  stats.store_bytes = store_->space().FileBytes();
  stats.bytes_written = store_.BytesWritten();
  stats.store_in_memory = store_.in_memory();
  stats.sender = role_.IsSender();
  stats.intake_crash_safe = own_.crash_safe();
  stats.intake_bytes = own_.bytes();
  stats.taken_over = estate_.taken_over();
  return stats;
}

void Publisher::Publish(const TransportCounters& counters) {
  const Stats stats = Gather(counters);
  const Holdup holdup = courier_.Why();
  const std::uint64_t early = courier_.early().delivered();
  {
    const MutexLock lock(mailbox_.mutex);
    mailbox_.stats = stats;
    mailbox_.holdup = holdup;
    mailbox_.delivered_in_intake = early;
  }
  if (own_.crash_safe()) WritePage(stats, holdup);
}

void Publisher::PublishEnd(const TransportCounters& counters) {
  ends_ = true;
  Publish(counters);
}

void Publisher::WritePage(const Stats& stats, const Holdup& holdup) {
  const std::optional<AgeTime>& delivered = store_->outbox().notes().delivered();
  if (delivered) last_delivery_ = store_->InBoot(*delivered);
  LiveStatus status;
  status.pid = ThisProcess();
  std::strncpy(status.version, kVersion, sizeof status.version - 1);
  status.sender = stats.sender && !config_.store_only && !ends_ ? 1 : 0;
  status.has_lock = role_.has_lock() && !ends_ ? 1 : 0;
  const Settings& settings = store_->settings();
  const Settings::Numbers bounds = Settings::ToNumbers(settings.in_force());
  std::copy_n(bounds.begin(), std::size(status.bounds), status.bounds);
  status.bounds_owed = settings.owes() ? 1 : 0;
  status.consent_required = !store_->known() || settings.in_force().consent_required ? 1 : 0;
  erasure_.NoteOwed(&status);
  const bool requires_consent = store_->known()
                                    ? settings.owes_required()
                                    : config_.consent_policy == ConsentPolicy::kRequired;
  if (requires_consent) status.owed |= Owed::kRequired;
  owes_ = status.owed != 0;
  status.waiting_for = static_cast<std::uint8_t>(holdup.reason.waiting_for);
  status.http_status = holdup.reason.http_status;
  status.since_ms = holdup.since.ms();
  status.next_try_ms = holdup.until.ms();
  if (!last_delivery_.IsNever()) status.last_delivery_ms = last_delivery_.ms();
  status.in_flight = stats.in_flight;
  status.volatile_events = store_->outbox().volatile_events();
  CopyText(holdup.reason.words, status.words);
  page_.Write(status, intake_.status_page());
}

}  // namespace embeddables
