// The store's walk over all rows, some at a time: events of people who were not identified in time
// go, and people of whom nothing is left are forgotten.

#include <algorithm>
#include <cstdint>
#include <unordered_map>
#include <utility>

#include "agent/store/store.h"

namespace embeddables {
namespace {

constexpr std::int64_t kRowsAStep = 4000;  // rows: milliseconds
constexpr std::int64_t kPeopleKept = 256;
constexpr std::int64_t kIdentitiesAWalk = 1000;  // identities
constexpr std::int64_t kNothing = INT64_MAX;
constexpr std::int64_t kCutWaitsMs = 60 * 60'000;
constexpr std::int64_t kLeastSpreadMs = 5'000;  // as RetryAfterDelay's

}  // namespace

// Nobody may have been told to wait for longer: what says so was written by a clock or a hand that
// was wrong, or by an agent with other bounds, and would be mute until the device starts anew.
bool Store::CutWaits() {
  const std::int64_t now = AgeNow();
  if (now < sweep_.cut_again) return true;
  sweep_.cut_again = now + kCutWaitsMs;
  const std::int64_t asked = config_.max_retry_after.count();
  const std::int64_t server = asked + std::max<std::int64_t>(asked / 4, kLeastSpreadMs);
  const std::int64_t own =
      std::max(config_.backoff_max.count(), config_.unknown_user_retry.count());
  if (hold_until_ > now + server) {
    hold_until_ = now + asked;
    if (!SetMeta("hold_until", hold_until_)) return false;
  }
  const std::int64_t longest = now + std::max(server, own);
  next_hold_ = std::min(next_hold_, longest);
  return db_.Execute("UPDATE event SET due=?1 WHERE due>0 AND due>?1", {longest}) &&
         db_.Execute("UPDATE identity SET hold_until=?1 WHERE hold_until>?1", {longest});
}

// What the walk is for: windows whose time has passed, and, if there are many people, some of them,
// other ones each time. For neither there is none.
bool Store::BeginSweep() {
  if (may_checkpoint_ && !CutWaits()) return false;
  const auto age =
      std::chrono::duration_cast<std::chrono::milliseconds>(config_.unidentified_max_age).count();
  sweep_.cutoff = AgeNow() - age;
  sweep_.next = 0;
  std::int64_t last = 0, people = 0;
  // A window's `born` says how old its oldest event can be.
  if (!NoteForSweep("SELECT id FROM identity WHERE key IS NULL AND open IN (0,1) AND born<?1"
                    " LIMIT ?2",
                    sweep_.cutoff, &last)) {
    return false;
  }
  sweep_.windows = !sweep_.oldest.empty();
  if (!db_.Ask("SELECT COUNT(*) FROM (SELECT 1 FROM identity LIMIT ?1)", &people,
               {kPeopleKept + 1})) {
    return false;
  }
  if (people > kPeopleKept) {
    last = 0;
    if (!NoteForSweep("SELECT id FROM identity WHERE open=0 AND id>?1 ORDER BY id LIMIT ?2",
                      sweep_.people_after, &last)) {
      return false;
    }
    sweep_.people_after = last;  // 0: from the first again
  }
  sweep_.unseen = sweep_.oldest.size();
  return true;
}

bool Store::NoteForSweep(const char* sql, std::int64_t from, std::int64_t* last) {
  Statement identities;
  if (!identities.Prepare(&db_, sql)) return false;
  identities.Bind(from, kIdentitiesAWalk);
  while (identities.Next()) {
    *last = identities.Int(0);
    sweep_.oldest.emplace(*last, kNothing);
  }
  return !identities.failed();
}

// A step in the transaction under way.
bool Store::SweepSome(bool* more) {
  *more = false;
  if (salvaging_) {
    // Rows with low numbers are still to come.
    sweep_.oldest.clear();
    return true;
  }
  if (sweep_.oldest.empty() && !BeginSweep()) return false;
  if (sweep_.oldest.empty()) return true;
  Statement reach;
  if (!reach.Prepare(&db_,
                     "SELECT COUNT(*),ifnull(MAX(id),0) FROM"
                     " (SELECT id FROM event WHERE id>?1 ORDER BY id LIMIT ?2)") ||
      !reach.Bind(sweep_.next, kRowsAStep).Next()) {
    return false;
  }
  const bool last = reach.Int(0) < kRowsAStep;
  const std::int64_t to = reach.Int(1);
  reach.Reset();
  if (!DropUnidentified(to) || !SeePeople(to)) return false;
  sweep_.next = to;
  *more = !last && (sweep_.windows || sweep_.unseen > 0);
  return *more || EndSweep();
}

bool Store::DropUnidentified(std::int64_t to) {
  if (!sweep_.windows) return true;
  if (!db_.Execute("DELETE FROM event WHERE id>?1 AND id<=?2 AND born<?3 AND identity IN"
                   " (SELECT id FROM identity WHERE key IS NULL AND open IN (0,1) AND born<?3)",
                   {sweep_.next, to, sweep_.cutoff})) {
    return false;
  }
  Drop(DropReason::kUnidentified, static_cast<std::uint64_t>(sqlite3_changes(db_.get())));
  return true;
}

bool Store::SeePeople(std::int64_t to) {
  Statement seen;
  if (!seen.Prepare(&db_,
                    "SELECT identity,MIN(born) FROM event WHERE id>?1 AND id<=?2"
                    " GROUP BY identity")) {
    return false;
  }
  seen.Bind(sweep_.next, to);
  while (seen.Next()) {
    const auto found = sweep_.oldest.find(seen.Int(0));
    if (found == sweep_.oldest.end()) continue;
    if (found->second == kNothing) --sweep_.unseen;
    found->second = std::min(found->second, seen.Int(1));
  }
  return !seen.failed();
}

// Sees the last row in the same transaction: nobody without rows can have got one meanwhile.
bool Store::EndSweep() {
  Statement forget, renew;
  if (!forget.Prepare(&db_, "DELETE FROM identity WHERE id=?1 AND open=0") ||
      !renew.Prepare(&db_, "UPDATE identity SET born=?2 WHERE id=?1 AND key IS NULL")) {
    return false;
  }
  for (const auto& [identity, oldest] : sweep_.oldest) {
    const bool none = oldest == kNothing;
    if ((none && !forget.Bind(identity).Run()) ||
        (sweep_.windows && !renew.Bind(identity, none ? AgeNow() : oldest).Run())) {
      return false;
    }
  }
  sweep_.oldest.clear();
  return true;
}

}  // namespace embeddables
