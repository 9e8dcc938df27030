// Decides what is sent when. This is the room's face: what others tell it goes to the owner of that
// concern, and Step lets each of them do its part of the loop. The parts:
//   supply, batch       which events may go, and when they are sent together
//   gatekeeper, pace    may a request go, why not, and how many at once
//   departures, flights requests that begin, and those under way
//   arrivals, judge     answers, and what is decided on them
//   settlements         decisions that wait for the disk
//   credentials, failures, network_return, resumption, time_question, herald: one concern each
//
// Invariants: an event is in at most one request; a claimed event is waiting in the supply, in
// flight, or answered and not yet settled; at most `window` requests are in flight, and at most as
// many answers are unsettled, which bounds the duplicates a kill can cause. New events never
// shorten a wait. Times are the boot clock, which a change of the store leaves as it is; what the
// store keeps is on the store's age clock. Everything runs on the agent's thread; Step never waits.

#ifndef EMBEDDABLES_AGENT_SEND_COURIER_H_
#define EMBEDDABLES_AGENT_SEND_COURIER_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "agent/api/reporter.h"
#include "agent/intake/young.h"
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

  // Events that may be sent before they are stored; none, unless somebody has them used.
  Young& young() { return supply_.young(); }
  // Memory that outlives the process: answers may be settled in fewer transactions.
  void NoteDeliveriesIn(Intake* intake) { settlements_.NoteDeliveriesIn(intake); }
  void UseTransport(Transport* transport) { flights_.UseTransport(transport); }
  // The store may change while the courier is idle (memory to disk).
  void UseStore(Store* store);

  void Step();
  // When Step has something to do by itself; -1: never. Answers wake the transport's Wait.
  std::int64_t NextStep();

  // --- What others tell it.
  void EventsStored(std::uint64_t count, bool critical) {
    batch_.Stored(count, critical, clock_.BootMs());
  }
  // They are in the intake, the first since then (boot clock), and may go from there.
  void EventsCame(std::uint64_t count, std::int64_t since) {
    batch_.Came(count, since, clock_.BootMs());
  }
  // A young event is a row now.
  struct Moved {
    std::int64_t young = 0;
    bool claimed = false;
    StoredEvent row;  // its number and identity
  };
  void MovedToStore(const std::vector<Moved>& moved);
  // The event's failures count against its row, too.
  bool RemembersFailureOf(std::int64_t id) const { return failures_.Remembers(id); }
  // The intake was emptied by a removal.
  void ForgetYoung() { settlements_.ForgetYoung(); }
  void SendNow() { batch_.SendNow(); }
  // Something that waited in the store may go with the next batch.
  void SendSoon() { batch_.SendSoon(clock_.BootMs()); }
  // `trouble`: the file that tells who sends cannot be opened, and why.
  void SetSender(bool sender, const std::string& trouble = {});
  void SetPaused(bool paused) { gate_.SetPaused(paused); }
  // How many pauses have been asked for that SetPaused and Suspend will tell of.
  void HeedPauses(const std::atomic<int>* asked_for) { gate_.HeedPauses(asked_for); }
  // Ends all requests, closes the connections and sends nothing; Resume ends this and a pause.
  void Suspend();
  void Resume() { resumption_.Ask(gate_.Resume(), clock_.BootMs()); }
  // No request is begun any more that would hardly be answered by then; what is in flight goes on.
  void EndBy(std::int64_t deadline) { flights_.EndBy(deadline); }
  std::int64_t LastBegin() const { return flights_.LastBegin(); }
  // Ends the requests of which nothing was sent yet; their events are pending again. How many?
  std::size_t TakeBackUnsent() { return flights_.TakeBackUnsent(); }
  // Like Suspend, for good: what holds uploading up is what it was before.
  void End();
  // The device has slept.
  void Slept() { network_.Slept(); }
  // Everything is being removed, what was said of it too: nothing is sent.
  void SetErasing(bool erasing);
  // It takes no new rows at present.
  void SetStoreRefuses(bool refuses) { settlements_.SetStoreRefuses(refuses); }
  void EraseWords() { reasons_.EraseWords(); }
  // The store's rows are about to move: what is in flight ends, nothing more is sent.
  void SetStoreAway(bool away);
  // `better`: there is a way out that was not there before (network_return.h).
  void SetNetwork(NetworkState state, bool better = false) { network_.Set(state, better); }
  void KeyChanged();
  // The wall clock can be believed now, which it could not before: TLS may work.
  void ClockCameRight();
  // Ends all requests; what was in flight is pending again. Settles what was answered.
  void Cancel();

  // --- What it tells.
  bool idle() const { return gate_.Idle(); }
  // No answer waits for the disk.
  bool settled() const { return settlements_.empty(); }
  // The verdict on a young event is one for the store: its row first.
  bool WantsFold() const { return settlements_.WantsFold(); }
  std::size_t in_flight() const { return flights_.events(); }
  // In the store, or still young.
  bool AnyPending() const { return supply_.AnyPending(); }
  std::size_t young_in_flight() const { return flights_.young(); }
  // Why nothing is being sent.
  Holdup Why() { return gate_.Why(); }

 private:
  const Clock& clock_;
  Random random_;

  // Known of the server, the network and the events that failed.
  Reasons reasons_;
  Pace pace_;
  Credentials credentials_;
  Failures failures_;

  // The events: waiting, in flight, answered.
  Batch batch_;
  Supply supply_;
  Settlements settlements_;
  Flights flights_;

  // One concern each.
  NetworkReturn network_;
  Resumption resumption_;
  TimeQuestion time_;
  Herald herald_;

  // The loop's decisions.
  Gatekeeper gate_;
  Departures departures_;
  Arrivals arrivals_;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_SEND_COURIER_H_
