#include "agent/store/store.h"

namespace embeddables {

Store::Store(const Config& config, const Clock& clock, const FileSystem& files)
    : place_(files, &failure_),
      settings_(config, &db_),
      space_(settings_, clock, place_, &db_, &failure_),
      age_(clock),
      ledger_(&db_),
      claims_(&db_),
      people_(&db_, age_, &claims_),
      facts_(&db_, &age_, &claims_, &people_, &settings_),
      volatile_events_(config, &db_, &claims_, &ledger_),
      letters_(settings_, &db_, age_, &ledger_),
      bounds_(config, &db_, {settings_, age_, space_, ledger_, facts_, people_}),
      transactions_(
          clock, &db_, &failure_, age_,
          {place_, space_, ledger_, people_, facts_, volatile_events_, letters_, bounds_}),
      shared_(&db_, &transactions_,
              {place_, space_, facts_, letters_, people_, claims_, ledger_, settings_}),
      inbox_(&db_,
             {age_, transactions_, space_, bounds_, people_, facts_, volatile_events_, ledger_,
              claims_},
             RoomMaker(settings_, &transactions_, &shared_, &space_, &bounds_, &failure_)),
      outbox_(config, &db_,
              {settings_, age_, transactions_, claims_, people_, volatile_events_, letters_,
               ledger_, facts_.send_notes()}),
      opening_({db_, failure_, settings_, age_, place_, space_, ledger_, claims_, people_, facts_,
                volatile_events_, letters_, bounds_, transactions_, shared_, inbox_, outbox_},
               {config, db_, age_, place_, facts_, ledger_, bounds_, inbox_, transactions_}),
      eraser_({db_, place_, space_, ledger_, claims_, people_, facts_, volatile_events_, letters_,
               bounds_, transactions_, shared_, inbox_.intakes(), opening_.damage()}),
      taken_(&db_, &ledger_, &facts_, &inbox_.intakes()) {}

Store::~Store() = default;

void Store::Close() {
  opening_.Close();
  place_.plea().Close();
}

Ledger Store::ledger() const {
  Ledger all = ledger_.stored();
  all.accepted += volatile_events_.pending();
  all.pending += volatile_events_.pending();
  return all;
}

bool Store::ExpireSome(bool* more) {
  Transaction step(&transactions_);
  bool walking = false;
  std::uint64_t aged = 0;
  // While a salvage is under way, rows with low numbers are still to come: no walk then.
  const bool salvaging = opening_.damage().salvaging();
  if (salvaging) bounds_.sweep().Stop();
  // Refreshed first, so that it starts from the other processes' counts.
  const bool done = step.Begin(false) && Refresh() && bounds_.EnforceRows() && letters_.Trim() &&
                    bounds_.ExpireAged(&aged) &&
                    (salvaging || bounds_.sweep().Step(space_.log().may_checkpoint(), &walking)) &&
                    (aged > 0 || walking || bounds_.Audit());
  // A step that only looked has nothing to write.
  const bool looked = walking && !ledger_.drops_any();
  if (!done || !(looked ? step.CommitNothing() : step.Commit())) {
    bounds_.sweep().Stop();
    return false;
  }
  *more = aged > 0 || walking || bounds_.sweep().again() || bounds_.exceeded();
  return true;
}

bool Store::DropVolatile(DropReason reason) {
  if (volatile_events_.pending() == 0) return true;
  Transaction drop(&transactions_);
  return drop.Begin(false) && volatile_events_.DropAll(reason) && drop.Commit();
}

// The former sender may have made people wait, or found that they exist.
void Store::LetCheckpoint(bool let) {
  if (let && !space_.log().may_checkpoint()) {
    shared_.Forget();
    claims_.LookAgainAfter(0);
  }
  space_.log().Let(let);
}

bool Store::SetConsent(Consent consent, BootTime at) {
  Transaction set(&transactions_);
  if (!set.Begin(true) || !Refresh() || !facts_.WriteConsent(consent, at) || !set.Commit()) {
    return false;
  }
  facts_.ConsentIs(consent, at);
  return true;
}

bool Store::SetHold(AgeTime until) {
  facts_.OweHold(until);
  return PayOwed();
}

bool Store::SetTrueOffset(const TrueOffset& offset) {
  facts_.OweTrueOffset(offset);
  return PayOwed();
}

bool Store::Requeue(std::int64_t id, std::uint64_t* count) {
  Transaction requeue(&transactions_);
  std::uint64_t moved = 0;
  if (!requeue.Begin(true) || !letters_.PutBack(id, &moved) || !bounds_.EnforceRows() ||
      !requeue.Commit()) {
    return false;
  }
  *count = moved;
  return true;
}

}  // namespace embeddables
