#include "agent/store/row_sweep.h"

#include <algorithm>
#include <chrono>

namespace embeddables {
namespace {

constexpr std::int64_t kRowsAStep = 4000;  // milliseconds
constexpr std::int64_t kPeopleKept = 256;
constexpr std::int64_t kIdentitiesAWalk = 1000;
constexpr std::int64_t kCutWaitsMs = 60 * 60'000;
constexpr std::int64_t kLeastSpreadMs = 5'000;  // the same as in RetryAfterDelay

}  // namespace

RowSweep::RowSweep(const Config& config, const Settings& settings, Database* database,
                   const AgeClock& age, StoreFacts* facts, People* people, LedgerBook* ledger)
    : config_(config),
      settings_(settings),
      db_(*database),
      age_(age),
      facts_(*facts),
      people_(*people),
      ledger_(*ledger) {}

// No event can have been told to wait for longer: a wrong clock, a wrong hand, or an agent with
// other bounds has written such a time, and the event would wait until the device starts anew.
bool RowSweep::CutWaits() {
  const AgeTime now = age_.Now();
  if (now < cut_again_) return true;
  cut_again_ = now + kCutWaitsMs;
  const std::int64_t asked = config_.max_retry_after.count();
  const std::int64_t server = asked + std::max<std::int64_t>(asked / 4, kLeastSpreadMs);
  const std::int64_t own =
      std::max(config_.backoff_max.count(), config_.unknown_user_retry.count());
  if (!facts_.CutHold(now + server, now + asked)) return false;
  const AgeTime longest = now + std::max(server, own);
  people_.CutNextHold(longest);
  return db_.Execute("UPDATE event SET due=?1 WHERE due>0 AND due>?1", {longest.ms()}) &&
         db_.Execute("UPDATE identity SET hold_until=?1 WHERE hold_until>?1", {longest.ms()});
}

// The walk looks for identity windows whose time has passed and, if there are many people, at some
// of them, different ones each time. If there is nothing to look for, there is no walk.
bool RowSweep::Begin(bool sends) {
  if (sends && !CutWaits()) return false;
  const std::chrono::milliseconds age = settings_.in_force().unidentified_max_age;
  cutoff_ = age_.Now() - age.count();
  next_ = 0;
  std::int64_t last = 0, people = 0;
  // A window's `born` bounds the age of its oldest event.
  if (!Note("SELECT id FROM identity WHERE key IS NULL AND open IN (0,1) AND born<?1 LIMIT ?2",
            cutoff_.ms(), &last)) {
    return false;
  }
  windows_ = !oldest_.empty();
  again_ = false;
  if (!db_.Ask("SELECT COUNT(*) FROM (SELECT 1 FROM identity LIMIT ?1)", &people,
               {kPeopleKept + 1})) {
    return false;
  }
  if (people > kPeopleKept) {
    last = 0;
    if (!Note("SELECT id FROM identity WHERE open=0 AND id>?1 ORDER BY id LIMIT ?2", people_after_,
              &last)) {
      return false;
    }
    people_after_ = last;  // 0: begin with the first again
  }
  unseen_ = oldest_.size();
  return true;
}

bool RowSweep::Note(const char* sql, std::int64_t from, std::int64_t* last) {
  Statement identities;
  if (!identities.Prepare(&db_, sql)) return false;
  identities.Bind(from, kIdentitiesAWalk);
  while (identities.Next()) {
    *last = identities.Int(0);
    oldest_.emplace(*last, AgeTime::Never());
  }
  return !identities.failed();
}

bool RowSweep::Step(bool sends, bool* more) {
  *more = false;
  if (oldest_.empty() && !Begin(sends)) return false;
  if (oldest_.empty()) return true;
  Statement reach;
  if (!reach.Prepare(&db_,
                     "SELECT COUNT(*),ifnull(MAX(id),0) FROM"
                     " (SELECT id FROM event WHERE id>?1 ORDER BY id LIMIT ?2)") ||
      !reach.Bind(next_, kRowsAStep).Next()) {
    return false;
  }
  const bool last = reach.Int(0) < kRowsAStep;
  const std::int64_t to = reach.Int(1);
  reach.Reset();
  if (!DropUnidentified(to) || !SeePeople(to)) return false;
  next_ = to;
  *more = !last && (windows_ || unseen_ > 0);
  return *more || End();
}

bool RowSweep::DropUnidentified(std::int64_t to) {
  if (!windows_) return true;
  if (!db_.Execute("DELETE FROM event WHERE id>?1 AND id<=?2 AND born<?3 AND identity IN"
                   " (SELECT id FROM identity WHERE key IS NULL AND open IN (0,1) AND born<?3)",
                   {next_, to, cutoff_.ms()})) {
    return false;
  }
  ledger_.Drop(DropReason::kUnidentified, db_.changes());
  return true;
}

bool RowSweep::SeePeople(std::int64_t to) {
  Statement seen;
  if (!seen.Prepare(&db_,
                    "SELECT identity,MIN(born) FROM event WHERE id>?1 AND id<=?2"
                    " GROUP BY identity")) {
    return false;
  }
  seen.Bind(next_, to);
  while (seen.Next()) {
    const auto found = oldest_.find(seen.Int(0));
    if (found == oldest_.end()) continue;
    if (found->second.IsNever()) --unseen_;
    found->second = Sooner(found->second, AgeOf(seen.Int(1)));
  }
  return !seen.failed();
}

bool RowSweep::End() {
  Statement forget, renew;
  if (!forget.Prepare(&db_, "DELETE FROM identity WHERE id=?1 AND open=0") ||
      !renew.Prepare(&db_, "UPDATE identity SET born=?2 WHERE id=?1 AND key IS NULL")) {
    return false;
  }
  std::int64_t forgotten = 0;
  for (const auto& [identity, oldest] : oldest_) {
    const bool none = oldest.IsNever();
    if ((none && !forget.Bind(identity).Run()) ||
        (windows_ && !renew.Bind(identity, (none ? age_.Now() : oldest).ms()).Run())) {
      return false;
    }
    forgotten += none ? 1 : 0;
  }
  // A store may meet more people than one walk an hour would forget.
  again_ = people_after_ != 0 && forgotten >= kIdentitiesAWalk / 2;
  oldest_.clear();
  return true;
}

}  // namespace embeddables
