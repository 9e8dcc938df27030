// Decides what is sent when: takes due events out of the store, has the endpoint make requests and
// read responses, gives requests to the transport, and settles verdicts.
//
// Invariants: an event is in at most one request; a claimed event is waiting here, in flight, or
// answered and not yet settled; at most `window` requests are in flight, and at most as many
// answers are unsettled, which bounds the duplicates a kill can cause. New events never shorten a
// wait. Times are the boot clock, which a change of the store leaves as it is; what the store keeps
// is on the store's age clock. Everything runs on the agent's thread; Step never waits.

#ifndef EMBEDDABLES_AGENT_SEND_COURIER_H_
#define EMBEDDABLES_AGENT_SEND_COURIER_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "agent/api/reporter.h"
#include "agent/intake/young.h"
#include "agent/send/backoff.h"
#include "agent/send/endpoint.h"
#include "agent/send/gate.h"
#include "agent/send/generations.h"
#include "agent/send/reasons.h"
#include "agent/send/transport.h"
#include "agent/store/store.h"

namespace embeddables {

class Courier {
 public:
  Courier(const Config& config, const Clock& clock, Endpoint* endpoint, Reporter* reporter,
          std::uint64_t seed);

  // What may be sent before it is stored; nothing, unless somebody has it used.
  Young& young() { return young_; }
  // Memory that outlives the process: answers may be settled in fewer transactions.
  void NoteDeliveriesIn(Intake* intake) { notes_ = intake; }
  void UseTransport(Transport* transport) { transport_ = transport; }
  // The store may change while the courier is idle (memory to disk).
  void UseStore(Store* store);

  void Step();
  // When Step has something to do by itself; -1: never. Answers wake the transport's Wait.
  std::int64_t NextStep();

  // --- What others tell it.
  void EventsStored(std::uint64_t count, bool critical);
  // They are in the intake, the first since then (boot clock), and may go from there.
  void EventsCame(std::uint64_t count, std::int64_t since);
  // What was young is a row now.
  struct Moved {
    std::int64_t young = 0;
    bool claimed = false;
    StoredEvent row;  // its number and identity
  };
  void MovedToStore(const std::vector<Moved>& moved);
  // What it failed for counts against the row, too.
  bool RemembersFailureOf(std::int64_t id) const {
    return id == last_failed_ || failed_at_.count(id) != 0;
  }
  // The intake was emptied by a removal.
  void ForgetYoung();
  void SendNow() { draining_ = true; }
  // Something that waited in the store may go with the next batch.
  void SendSoon();
  // `trouble`: the file that tells who sends cannot be opened, and why.
  void SetSender(bool sender, const std::string& trouble = {});
  void SetPaused(bool paused) { facts_.paused = paused; }
  // How many pauses have been asked for that SetPaused and Suspend will tell of.
  void HeedPauses(const std::atomic<int>* asked_for) { pausing_ = asked_for; }
  // Ends all requests, closes the connections and sends nothing; Resume ends this and a pause.
  void Suspend();
  void Resume();
  // No request is begun any more that would hardly be answered by then; what is in flight goes on.
  void EndBy(std::int64_t deadline) { last_call_.EndBy(deadline); }
  std::int64_t LastBegin() const { return last_call_.LastBegin(); }
  // Ends the requests of which nothing was sent yet; their events are pending again. How many?
  std::size_t TakeBackUnsent();
  // Like Suspend, for good: what holds uploading up is what it was before.
  void End();
  // The device has slept.
  void Slept();
  // Everything is being removed, what was said of it too: nothing is sent.
  void SetErasing(bool erasing);
  // It takes no new rows at present.
  void SetStoreRefuses(bool refuses) { store_refuses_ = refuses; }
  void EraseWords() { reasons_.EraseWords(); }
  // The store's rows are about to move: what is in flight ends, nothing more is sent.
  void SetStoreAway(bool away);
  // `better`: there is a way out that was not there before. When the network comes back, a request
  // goes at once over a new connection, however long the backoff, and if it fails at once another a
  // second later; but a flapping network buys no more than these two every 5 s.
  void SetNetwork(NetworkState state, bool better = false);
  void KeyChanged();
  // The wall clock can be believed now, which it could not before: TLS may work.
  void ClockCameRight();
  // Ends all requests; what was in flight is pending again. Settles what was answered.
  void Cancel();

  // --- What it tells.
  bool idle() const {
    return flights_.empty() && settlements_.empty() && ready_.empty() && time_request_ == 0;
  }
  // No answer waits for the disk.
  bool settled() const { return settlements_.empty(); }
  // The verdict on a young event is one for the store: its row first.
  bool WantsFold() const;
  std::size_t in_flight() const { return flights_.size(); }
  // In the store, or still young.
  bool AnyPending() const { return store_->ledger().pending > 0 || young_.pending() > 0; }
  std::size_t young_in_flight() const;
  // Why nothing is being sent.
  Holdup Why();

 private:
  struct Flight {
    StoredEvent event;
    Record record;                 // views into event.record
    std::uint32_t generation = 0;  // of connections
    bool again = false;            // after a 421
    bool left = false;             // it ended on a connection that was left
    std::uint64_t key = 0;         // which one it was asked with
    std::int64_t begun_at = 0;
  };

  std::int64_t Now() const { return clock_.BootMs(); }
  std::int64_t FromAge(std::int64_t age) const;  // of the store's age clock; -1: never

  void TakeAnswers();
  void SettleAnswers();
  void DropUnsent();
  void Renew();
  void ProbeAgain(std::int64_t now);
  bool MayTryAll() const { return facts_.sender && !facts_.store_away; }
  void TryAllAgain();
  void CloseConnections();
  void Fill();
  bool StartDrain(std::int64_t now);
  bool TakeMore();
  void TakeYoung(std::vector<StoredEvent>* events);
  void Unclaim(const StoredEvent& event);
  // courier_time.cc: before the first event while the clock cannot be believed
  bool MustAskTime() const;
  void AskTime();
  void TakeTime(const Response& response);
  std::int64_t RightTime(const Flight& flight) const;

  bool Launch(StoredEvent event, bool again);
  bool Begin(std::uint64_t tag, Request* request);
  void Hear(Flight* flight, ConnectionSign sign);
  void NotBegun();
  void PutBack();
  void Abandon();
  bool InTheAir() const { return !flights_.empty() || time_request_ != 0; }
  std::size_t Room(std::int64_t now);
  std::size_t Window() const;
  GateAnswer Gate(std::int64_t now) const;
  WaitingFor WhatWaits(std::int64_t* until);

  // What an answer says of the key, project and URL says nothing of a key that came after it.
  bool AskedWithThisKey(const Flight& flight) const { return flight.key == key_; }
  void Judge(Flight* flight, const Verdict& verdict);
  void Delivered(const Flight& flight, const Verdict& verdict);
  void Accepted();
  void Unconfirmed(const Flight& flight, const Verdict& verdict);
  void NoNetwork(const Flight& flight, const Verdict& verdict);
  void Outage(const Verdict& verdict);
  void Refused(const Flight& flight, const Verdict& verdict);
  void UnknownUser(const Flight& flight, const Verdict& verdict);
  void Rejected(const Flight& flight, const Verdict& verdict);
  void Retry(const Flight& flight, const Verdict& verdict);
  void Misdirected(Flight* flight, const Verdict& verdict);
  bool AwaitsItsUser(const StoredEvent& event);
  bool UnknownUserUnsettled() const;
  void PauseFor(const Verdict& verdict);
  void Complain(Cause cause, const Verdict& verdict);
  bool SettleYoung(const Flight& flight, Settlement::Kind kind);
  std::size_t MaxUnsettled() const;
  void AddSettlement(const Flight& flight, Settlement::Kind kind, std::int64_t due, Strike strike,
                     const Verdict& verdict);
  void Tell(OutcomeKind kind, const Flight& flight, const Verdict& verdict);

  const Config& config_;
  const Clock& clock_;
  Endpoint* endpoint_;
  Transport* transport_ = nullptr;
  Reporter* reporter_;
  Store* store_ = nullptr;
  Young young_;
  const std::atomic<int>* pausing_ = nullptr;
  Intake* notes_ = nullptr;
  Random random_;
  BackoffPolicy policy_;
  Breaker breaker_;
  Pacer pacer_;
  LastCall last_call_;
  Generations generations_;

  GateFacts facts_;  // its switches; its times are those below
  Reasons reasons_;
  std::string lock_trouble_;
  std::int64_t resume_at_ = -1;     // what waits for a retry is tried then; -1: not asked for
  std::int64_t resume_after_ = 0;   // not before
  std::int64_t end_waits_at_ = -1;  // ... the store is to be told so then; -1: it knows
  std::int64_t renew_at_ = -1;    // the network is back: when to make use of it; -1: it is not new
  std::int64_t break_at_ = -1;    // ... when what was in flight before is given up
  std::int64_t renew_after_ = 0;  // not before
  std::int64_t probe_again_at_ = 0;  // if the network's return fails its probe before that
  std::int64_t close_at_ = -1;       // when idle connections are closed
  bool tls_failed_ = false;          // the last outage was TLS's
  std::uint64_t time_request_ = 0;   // its tag, while it is under way
  std::uint32_t time_generation_ = 0;
  std::int64_t time_asked_at_ = 0;  // boot clock
  bool time_unknown_ = false;       // the server was asked and does not tell
  bool api_change_told_ = false;
  std::uint64_t key_ = 1;           // counts what SetApiKey has said, the same key again included
  std::int64_t refused_until_ = 0;  // credentials or configuration; 0: not refused
  bool probing_refusal_ = false;    // one request to see whether it still is
  std::uint32_t rejected_in_a_row_ = 0;

  bool draining_ = false;
  std::int64_t read_again_ = 0;  // the store could not be read: not before
  std::int64_t drain_at_ = -1;   // when a batch that is not full goes; -1: nothing waits
  std::uint64_t collected_ = 0;  // events stored since the last drain

  std::deque<StoredEvent> ready_;
  std::unordered_map<std::uint64_t, Flight> flights_;
  std::uint64_t next_tag_ = 1;
  Request request_;  // these two are kept for their memory
  std::vector<Completion> completions_;
  std::vector<Settlement> settlements_;
  std::int64_t settle_at_ = -1;
  bool settle_failed_ = false;  // the store did not take the last answers
  bool store_refuses_ = false;
  std::int64_t last_failed_ = 0;  // a probe tries another event if there is one
  std::uint64_t deliveries_ = 0;
  // Events that failed without an answer: how many deliveries there had been then. If there are
  // more when it fails again, the fault is the event's and not the network's.
  std::unordered_map<std::int64_t, std::uint64_t> failed_at_;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_SEND_COURIER_H_
