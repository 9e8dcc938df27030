// Decides what is sent when. This is the room's facade: it passes what others tell it to the owner
// of that concern, and Step lets each owner do its part of the loop. The parts:
//   supply, batch       which events may go, and when they are sent together
//   gatekeeper, pace    may a request go, why not, and how many at once
//   departures, flights requests that begin, and those under way
//   arrivals, judge     answers, and the decisions about them
//   settlements         decisions that wait for the disk
//   credentials, failures, network_return, resumption, time_question, herald: one concern each
//
// Invariants: an event is in at most one request; a claimed event is waiting in the supply, in
// flight, or answered and not yet settled; at most `window` requests are in flight, and at most as
// many answers are unsettled, which bounds the duplicates a kill can cause. New events never
// shorten a wait. Times are on the boot clock, which does not change with the store; the store
// keeps its times on its own age clock. Everything runs on the agent's thread; Step never waits.

#ifndef EMBEDDABLES_AGENT_SEND_COURIER_H_
#define EMBEDDABLES_AGENT_SEND_COURIER_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "agent/base/reporter.h"
#include "agent/intake/early_events.h"
#include "agent/send/arrivals.h"
#include "agent/send/backoff.h"
#include "agent/send/batch.h"
#include "agent/send/credentials.h"
#include "agent/send/departures.h"
#include "agent/send/endpoint.h"
#include "agent/send/failures.h"
#include "agent/send/flights.h"
#include "agent/send/gatekeeper.h"
#include "agent/send/herald.h"
#include "agent/send/network_return.h"
#include "agent/send/pace.h"
#include "agent/send/reasons.h"
#include "agent/send/resumption.h"
#include "agent/send/settlements.h"
#include "agent/send/supply.h"
#include "agent/send/time_question.h"
#include "agent/send/transport.h"
#include "agent/store/store.h"

namespace embeddables {

class Courier {
 public:
  Courier(const Config& config, const Clock& clock, Endpoint* endpoint, Reporter* reporter,
          std::uint64_t seed);

  // Events that may be sent before they are stored; there are none unless somebody turns them on.
  EarlyEvents& early() { return supply_.early(); }
  // If memory outlives the process, answers may be settled in fewer transactions.
  void NoteDeliveriesIn(Intake* intake) { settlements_.NoteDeliveriesIn(intake); }
  void UseTransport(Transport* transport) { flights_.UseTransport(transport); }
  // The store may be changed while the courier is idle (memory to disk).
  void UseStore(Store* store);

  void Step();
  // When Step next has something to do. Answers wake the transport's Wait.
  BootTime NextStep();

  // --- News from others.
  void EventsStored(std::uint64_t count, bool critical) {
    batch_.Stored(count, critical, BootNow(clock_));
  }
  // So many new events are in the intake, the first since `since`, and may be sent from there.
  void EventsCame(std::uint64_t count, BootTime since) {
    batch_.Came(count, since, BootNow(clock_));
  }
  // An early event is a row now.
  struct Moved {
    std::int64_t early = 0;
    bool claimed = false;
    StoredEvent row;  // the row's number and identity
  };
  void MovedToStore(const std::vector<Moved>& moved);
  // The early event's failures count against its row, too.
  bool RemembersFailureOf(std::int64_t id) const { return failures_.Remembers(id); }
  // A removal has emptied the intake. `rows_too`: row numbers mean other events now.
  void ForgetEarly(bool rows_too = false) {
    settlements_.ForgetEarly();
    if (rows_too) settlements_.Void();
  }
  void SendNow() {
    if (flights_.MayBegin()) batch_.SendNow();
  }
  // Some event that waited in the store may go with the next batch.
  void SendSoon() { batch_.SendSoon(BootNow(clock_)); }
  // `trouble`: why the file that tells which process sends cannot be opened.
  void SetSender(bool sender, const std::string& trouble = {});
  void SetPaused(bool paused) { gate_.SetPaused(paused); }
  // The number of pauses that callers have asked for and that SetPaused or Suspend will bring.
  void HeedPauses(const std::atomic<int>* asked_for) { gate_.HeedPauses(asked_for); }
  // Ends all requests, closes the connections and sends nothing more. Resume ends this and a pause.
  void Suspend();
  // Tries at once what waits for a retry of its own. The host's also ends a pause and a suspension,
  // another process's does not.
  enum class By { kHost, kPeer };
  void Resume(By by = By::kHost) {
    if (by == By::kHost) gate_.Resume();
    resumption_.Ask(BootNow(clock_));
  }
  // Begins no more requests that would hardly be answered by then; those in flight go on.
  void EndBy(BootTime deadline) { flights_.EndBy(deadline); }
  BootTime LastBegin() const { return flights_.LastBegin(); }
  // Ends the requests of which nothing was sent yet, and returns how many; their events are pending
  // again.
  std::size_t TakeBackUnsent() { return flights_.TakeBackUnsent(); }
  // Like Suspend, but for good: the reason why nothing is sent does not change.
  void End();
  // The device has slept.
  void Slept() { network_.Slept(); }
  // Everything is being removed, the server's words about it too: nothing is sent.
  void SetErasing(bool erasing);
  // The store takes no new rows at present.
  void SetStoreRefuses(bool refuses) { settlements_.SetStoreRefuses(refuses); }
  void EraseWords() { reasons_.EraseWords(); }
  // The store's rows are about to move: requests in flight end, nothing more is sent.
  void SetStoreAway(bool away);
  // `better`: there is a new way out (network_return.h).
  void SetNetwork(NetworkState state, bool better = false) { network_.Set(state, better); }
  void KeyChanged();
  // The wall clock has become believable: TLS may work now.
  void ClockCameRight();
  // Ends all requests; their events are pending again. Settles those that were answered.
  void Cancel();

  // --- Questions to the courier.
  bool idle() const { return gate_.Idle(); }
  // True if no answer waits for the disk.
  bool settled() const { return settlements_.empty(); }
  // The store must settle the verdict on an early event, which has to become a row first.
  bool WantsAbsorption() const { return settlements_.WantsAbsorption(); }
  std::size_t in_flight() const { return flights_.events(); }
  // Counts rows and early events.
  bool AnyPending() const { return supply_.AnyPending(); }
  std::size_t early_in_flight() const { return flights_.early(); }
  Breaker::State breaker() const { return pace_.breaker(); }
  NetworkState network() const { return network_.state(); }
  // Why nothing is being sent.
  Holdup Why() { return gate_.Why(); }

 private:
  const Clock& clock_;
  Random random_;

  // Knowledge about the server, the network and the events that failed.
  Reasons reasons_;
  Pace pace_;
  Credentials credentials_;
  Failures failures_;

  // Events that wait, are in flight, or were answered.
  Batch batch_;
  Supply supply_;
  Settlements settlements_;
  Flights flights_;

  // Owners of one concern each.
  NetworkReturn network_;
  Resumption resumption_;
  TimeQuestion time_;
  Herald herald_;

  // The decisions of the loop.
  Gatekeeper gate_;
  Departures departures_;
  Arrivals arrivals_;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_SEND_COURIER_H_
