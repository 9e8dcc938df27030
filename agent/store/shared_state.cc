#include "agent/store/shared_state.h"

#include "embeddables/agent.h"

namespace embeddables {

SharedState::SharedState(Database* database, Transactions* transactions, const Owners& owners)
    : db_(*database), transactions_(*transactions), owners_(owners) {}

bool SharedState::Refresh(bool file) {
  if (db_.full() && !db_.in_transaction()) owners_.space.FindRoom();
  if (!db_.is_open() || (file && !owners_.place.Look())) return false;
  known_ = Learn();
  return known_;
}

bool SharedState::Learn() {
  if (!read_version_.Next()) return false;
  const std::int64_t version = read_version_.Int(0);
  read_version_.Reset();
  if (version == version_) return true;
  transactions_.lockout().LetGo();
  StoreFacts& facts = owners_.facts;
  const Ledger before = owners_.ledger.stored();
  const std::int64_t purges = facts.purges();
  const Consent consent = facts.consent();
  const bool required = owners_.settings.in_force().consent_required;
  if ((facts.owes_boot() && !facts.FindBoot()) || !Load()) return false;
  owners_.space.log().KeepLimit();
  owners_.space.pages().Read();
  owners_.space.pages().ForgetPlace();
  const Ledger& now = owners_.ledger.stored();
  if (now.pending > before.pending) news_.appended += now.pending - before.pending;
  // None of these ever becomes less: somebody has restored a backup into the file.
  if (version_ != 0 && (now.accepted < before.accepted || now.delivered < before.delivered ||
                        now.dropped_total() < before.dropped_total() || facts.purges() < purges)) {
    news_.went_back = true;
    owners_.claims.Forget();
    news_.before = consent;
    news_.stricter = consent != facts.consent() &&
                     (consent == Consent::kDenied || facts.consent() == Consent::kGiven);
    news_.unrequired = required && !owners_.settings.in_force().consent_required;
  }
  version_ = version;
  const bool denied = facts.consent() == Consent::kDenied && consent != Consent::kDenied;
  if (denied) facts.send_notes().Forget();
  news_.denied = news_.denied || denied;
  return true;
}

bool SharedState::Load() {
  StoreFacts::Noted noted;
  std::int64_t letters = 0;
  AgeTime next_hold;
  const bool first = version_ == 0;
  if (!owners_.facts.Read(&noted) || !owners_.letters.ReadCount(&letters) ||
      // This takes a walk over all people, and only the sender changes it.
      (first && !owners_.people.ReadFirstHold(&next_hold)) || !owners_.claims.MindPassedRows() ||
      !owners_.ledger.Load()) {
    return false;
  }
  // None is news to who has just opened the store. A file that took a damaged one's place has
  // fewer.
  const std::int64_t purges = owners_.facts.purges();
  owners_.facts.Learn(noted);
  if (purges >= 0 && owners_.facts.purges() > purges) {
    owners_.facts.send_notes().Forget();
    news_.purged = true;
  }
  owners_.letters.Learn(letters);
  if (first) owners_.people.NoteFirstHold(next_hold);
  return true;
}

}  // namespace embeddables
