#include "agent/store/bounds.h"

#include <algorithm>
#include <chrono>

#include "agent/base/check.h"

namespace embeddables {
namespace {

constexpr int kExpireAtOnce = 500;
// Counting this many rows takes milliseconds.
constexpr std::uint64_t kAuditable = 10'000;

std::int64_t Ms(std::chrono::hours hours) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(hours).count();
}

}  // namespace

Bounds::Bounds(const Config& config, Database* database, const Owners& owners)
    : settings_(owners.settings),
      db_(*database),
      age_(owners.age),
      space_(owners.space),
      ledger_(owners.ledger),
      sweep_(config, owners.settings, database, owners.age, &owners.facts, &owners.people,
             &owners.ledger) {}

bool Bounds::Prepare() {
  return evict_low_.PrepareLater(
             &db_,
             "DELETE FROM event WHERE id IN (SELECT id FROM event WHERE priority=1 AND NOT"
             " claimed(id) ORDER BY id LIMIT ?1)") &&
         evict_normal_.PrepareLater(
             &db_,
             "DELETE FROM event WHERE id IN (SELECT id FROM event WHERE priority=2 AND NOT"
             " claimed(id) ORDER BY id LIMIT ?1)") &&
         evict_critical_.PrepareLater(
             &db_,
             "DELETE FROM event WHERE id IN (SELECT id FROM event WHERE priority=3 AND NOT"
             " claimed(id) ORDER BY id LIMIT ?1)");
}

std::uint64_t Bounds::ForRows() const {
  return settings_.in_force().max_store_bytes - 2 * space_.log().limit() - StoreReserve::kBytes;
}

bool Bounds::Evict(std::uint64_t count, DropReason reason, std::uint64_t* evicted) {
  for (Statement* lowest : {&evict_low_, &evict_normal_, &evict_critical_}) {
    if (*evicted >= count) break;
    if (!lowest->Bind(count - *evicted).Run()) return false;
    *evicted += db_.changes();
  }
  EMB_CHECK(*evicted <= count);
  ledger_.Drop(reason, *evicted);
  return true;
}

bool Bounds::EnforceRows() {
  const std::uint64_t pending = ledger_.pending();
  const std::uint64_t before = ledger_.pending_before();
  const std::uint64_t most = settings_.in_force().max_events;
  if (pending <= most) return true;
  // Evicts as many as this transaction adds, and some more if the bound was lowered.
  const std::uint64_t added = pending > before ? pending - before : 0;
  std::uint64_t evicted = 0;
  return Evict(std::min(pending - most, added + kEvictAtMost), DropReason::kRowBound, &evicted);
}

bool Bounds::ExpireAged(std::uint64_t* aged) {
  if (!db_.Execute("DELETE FROM event WHERE id IN (SELECT id FROM (SELECT id,born FROM event"
                   " ORDER BY id LIMIT ?1) WHERE born<?2 AND NOT claimed(id))",
                   {kExpireAtOnce, (age_.Now() - Ms(settings_.in_force().max_age)).ms()})) {
    return false;
  }
  *aged = db_.changes();
  ledger_.Drop(DropReason::kAge, *aged);
  return true;
}

// Damage need not be visible: a page that reads well may have lost rows, or their owners.
bool Bounds::Audit() {
  const std::uint64_t pending = ledger_.pending();
  if (pending > kAuditable) return true;
  if (!db_.Execute("DELETE FROM event WHERE identity NOT IN (SELECT id FROM identity)")) {
    return false;
  }
  std::int64_t counted = 0;
  if (!db_.Ask("SELECT COUNT(*) FROM event", &counted)) return false;
  const auto rows = static_cast<std::uint64_t>(counted);
  if (rows < pending) ledger_.Drop(DropReason::kDamaged, pending - rows);
  if (rows > pending) ledger_.Accept(rows - pending);
  return true;
}

void Bounds::Look() {
  const bool rows = ledger_.pending_before() >= settings_.in_force().max_events / 5 * 4;
  near_ = rows || space_.pages().used_bytes() >= ForRows() / 5 * 4;
}

}  // namespace embeddables
