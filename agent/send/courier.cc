#include "agent/send/courier.h"

#include "agent/base/check.h"

namespace embeddables {

Courier::Courier(const Config& config, const Clock& clock, Endpoint* endpoint, Reporter* reporter,
                 std::uint64_t seed)
    : clock_(clock),
      random_(seed),
      pace_(config, &random_),
      credentials_(&pace_),
      batch_(config),
      supply_(config, clock),
      settlements_(config, clock, &supply_, &batch_),
      flights_(config, clock, &supply_, &batch_, &random_),
      network_(clock, &flights_, &pace_),
      resumption_(&batch_, &pace_),
      time_(clock, &supply_, reporter),
      herald_(config, clock, reporter, &reasons_),
      gate_(config, clock, &supply_, batch_, settlements_, flights_, pace_, credentials_, network_,
            &reasons_),
      departures_(clock, *endpoint, gate_, failures_, &supply_, &batch_, &settlements_, &flights_,
                  &pace_, &credentials_, &time_, &herald_),
      arrivals_(config, clock, *endpoint, &flights_, &supply_, &settlements_, &departures_, &pace_,
                &credentials_, &network_, &failures_, &time_, &herald_) {}

// After a start pending events are sent a little later, but critical ones at once.
void Courier::UseStore(Store* store) {
  EMB_CHECK(idle());
  supply_.UseStore(store);
  // The notes are about row numbers that now mean other events.
  settlements_.ForgetNotes();
  failures_.Clear();
  if (store->ledger().pending == 0) return;
  batch_.Start(BootNow(clock_), &random_);
  if (store->outbox().HasCritical()) batch_.SendNow();
}

void Courier::Step() {
  arrivals_.TakeAll();
  settlements_.Settle(in_flight() == 0);
  network_.Step();
  if (gate_.sends()) resumption_.Step(&supply_.store(), BootNow(clock_));
  departures_.Fill();
  flights_.Push();
  flights_.CloseIdle();
  // A claimed early event waits here, is in flight, or is answered and not settled.
  EMB_CHECK(early().claims() ==
            supply_.early_ready() + flights_.early() + settlements_.early_answered());
  // So does a claimed row. A removal ends the claims of all rows, and may leave their answers.
  EMB_CHECK(supply_.store().outbox().claims() + early().claims() <=
            supply_.ready() + flights_.events() + settlements_.size());
}

BootTime Courier::NextStep() {
  const BootTime now = BootNow(clock_);
  // A resumption does not wait for the answers under way.
  const BootTime resume = gate_.sends() ? resumption_.NextStep() : BootTime::Never();
  if (!settlements_.empty())
    return WantsAbsorption() ? BootTime::Never() : Sooner(resume, settlements_.settle_at());
  if (flights_.any()) {
    // Requests on old connections delay nothing.
    const bool wakes = flights_.present() > 0 || flights_.asking();
    if (network_.offline()) return resume;
    if (wakes || !network_.until().IsNever()) return Sooner(resume, network_.until());
  }
  if (!flights_.MayBegin()) return flights_.close_at();
  const GateAnswer gate = gate_.Ask();
  BootTime until = gate.until;
  if (!until.IsNever()) until = Sooner(until, network_.renew_at());
  if (gate.open) {
    until = batch_.draining() ? now : Sooner(batch_.drain_at(), supply_.NextDue());
  } else if (!AnyPending()) {
    until = BootTime::Never();
  }
  return Sooner(Sooner(until, resume), flights_.close_at());
}

void Courier::MovedToStore(const std::vector<Moved>& moved) {
  if (moved.empty()) return;
  MovedRows rows;
  for (const Moved& each : moved) {
    rows.Add(each.early, each.row);
    if (!each.claimed) supply_.store().outbox().Unclaim(each.row);
    pace_.Renumbered(each.early, each.row.id);
    failures_.Renumbered(each.early, each.row.id);
  }
  flights_.Rename(rows);
  supply_.Rename(rows);
  settlements_.Rename(rows);
}

void Courier::Suspend() {
  gate_.Suspend();
  Cancel();
  flights_.CloseConnections();
}

void Courier::End() {
  gate_.End();
  Cancel();
  flights_.CloseConnections();
}

void Courier::Cancel() {
  flights_.Abandon();
  supply_.PutBackAll();
  settlements_.Hurry();
  settlements_.Settle(true);
  credentials_.Cancel();
  EMB_CHECK(!flights_.any() && supply_.empty());
}

// From now on another process may send the events that were read here.
void Courier::SetSender(bool sender, const std::string& trouble) {
  if (!sender) supply_.PutBackAll();
  EMB_CHECK(sender || supply_.empty());
  gate_.SetSender(sender, trouble);
}

void Courier::SetErasing(bool erasing) {
  gate_.SetErasing(erasing);
  if (erasing) EraseWords();
}

void Courier::SetStoreAway(bool away) {
  if (away) ForgetEarly();
  supply_.SetAway(away);
}

void Courier::KeyChanged() {
  reasons_.TellAgain(Cause::kCredentials);
  if (credentials_.KeyChanged(BootNow(clock_))) batch_.SendNow();
}

void Courier::ClockCameRight() {
  if (!arrivals_.tls_failed()) return;
  pace_.ProbeNow(BootNow(clock_));
  batch_.SendNow();
}

}  // namespace embeddables
