// The requests under way, each with its event, and the connections that they go over. An event is
// in at most one request. Requests that still wait for their end on old connections (generations.h)
// delay nothing; they take part of the room, but never the last place.
//
// A request is begun; it then lands with its answer, is taken back, or is abandoned. The caller of
// Land settles the event. Nothing here decides whether a request may go.

#ifndef EMBEDDABLES_AGENT_SEND_FLIGHTS_H_
#define EMBEDDABLES_AGENT_SEND_FLIGHTS_H_

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "agent/base/time.h"
#include "agent/event/event.h"
#include "agent/send/backoff.h"
#include "agent/send/batch.h"
#include "agent/send/generations.h"
#include "agent/send/http.h"
#include "agent/send/supply.h"
#include "agent/send/transport.h"
#include "agent/store/store.h"
#include "embeddables/agent.h"
#include "platform/clock.h"

namespace embeddables {

struct Flight {
  StoredEvent event;
  Record record;                 // views into event.record
  std::uint64_t tag = 0;         // the transport's
  std::uint32_t generation = 0;  // of connections
  bool asks_time = false;        // carries no event: asks for the time
  bool again = false;            // after a 421
  bool left = false;             // ended on an old connection
  std::uint64_t key = 0;         // the number of the key that it carried
  BootTime begun_at;
};

class Flights {
 public:
  using Landed = std::unordered_map<std::uint64_t, Flight>::node_type;

  Flights(const Config& config, const Clock& clock, Supply* supply, Batch* batch, Random* random);
  void UseTransport(Transport* transport) { transport_ = transport; }

  // --- Requests. Each is added, then begun or dropped. A flight stays at its address until it
  // lands: the record's views point into it.
  Flight* Add(StoredEvent event, std::uint64_t key);
  void Drop(Flight* flight) { flights_.erase(flight->tag); }
  bool Begin(Flight* flight, Request* request);
  // Sends the requests that were begun, as far as possible without waiting.
  void Push() { transport_->Push(); }
  // The requests that have ended since the last call. Valid until the next call.
  std::vector<Completion>& TakeCompleted();
  // Empty: the request was given up meanwhile.
  Landed Land(const Completion& completion);
  // The request ended, with this sign of its connection's health.
  void Heard(Flight* flight, ConnectionSign sign);
  // Gives up the requests of which nothing was sent yet, and returns how many; their events are
  // pending again.
  std::size_t TakeBackUnsent();
  // Gives up all requests.
  void Abandon();
  void Rename(const MovedRows& rows);

  // The requests under way: is there any, how many have an event, how many an early event.
  bool any() const { return !flights_.empty(); }
  std::size_t events() const { return flights_.size() - (asking_ ? 1 : 0); }
  std::size_t early() const;
  // A request for the time is under way.
  bool asking() const { return asking_; }
  // The number of requests over the present connections.
  std::size_t present() const { return generations_.in_flight(); }
  // How many more requests may begin if `window` may be under way.
  std::size_t Room(std::uint32_t window) const;

  // --- Connections.
  // The next request goes over new connections: the server wants to get it on another one.
  void Leave(const Flight& flight) { generations_.Leave(flight.generation); }
  void NetworkChanged() { generations_.NetworkChanged(); }
  // Only while no request is under way.
  void CloseConnections();
  // Closes connections that have been idle for long: a server would soon do so, and an idle agent
  // keeps nothing that it does not need.
  void CloseIdle();
  // When CloseIdle is due; never: there are no idle connections. The end of a request wakes anyway.
  BootTime close_at() const { return any() ? BootTime::Never() : close_at_; }

  // --- The end. Begins no more requests that would hardly be answered by then.
  void EndBy(BootTime deadline) { last_call_.EndBy(deadline, BootNow(clock_)); }
  BootTime LastBegin() const { return last_call_.LastBegin(); }
  bool MayBegin() const { return last_call_.MayBegin(BootNow(clock_)); }

 private:
  void GiveBack(const Flight& flight);

  const Config& config_;
  const Clock& clock_;
  Supply& supply_;
  Batch& batch_;
  Random& random_;
  Transport* transport_ = nullptr;

  // Requests.
  std::unordered_map<std::uint64_t, Flight> flights_;
  std::uint64_t next_tag_ = 1;
  bool asking_ = false;
  std::vector<Completion> completions_;  // kept for its memory
  LastCall last_call_;

  // Connections.
  Generations generations_;
  BootTime close_at_ = BootTime::Never();
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_SEND_FLIGHTS_H_
