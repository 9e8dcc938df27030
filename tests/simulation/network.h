// The transport of the simulation: carries requests to the simulated server in virtual time. It
// belongs to the world, not to the agent's process, so that it can tell what was under way when the
// process died.

#ifndef EMBEDDABLES_TESTS_SIMULATION_NETWORK_H_
#define EMBEDDABLES_TESTS_SIMULATION_NETWORK_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "tests/simulation/server.h"
#include "tests/simulation/sim_clock.h"

namespace embeddables::test {

// Who watches the wire.
class Wiretap {
 public:
  virtual ~Wiretap() = default;
  virtual bool process_alive() const = 0;
  virtual void Begun(const Exchange& exchange) = 0;
  // The agent was given the answer, or the failure.
  virtual void Answered(const Exchange& exchange, bool server_has_it) = 0;
  // A question for the time is about no event, but keeps to the breaker.
  virtual void AskedTime(const Exchange& exchange) = 0;
  virtual void ToldTime(const Response& response) = 0;
  // The agent, or its death, ended it.
  virtual void Abandoned(const Exchange& exchange, bool server_has_it) = 0;
};

class SimNetwork {
 public:
  SimNetwork(SimServer* server, SimClock* clock, Wiretap* wiretap)
      : server_(server), clock_(clock), wiretap_(wiretap) {}

  std::unique_ptr<Transport> MakeTransport();
  // When the next exchange ends; -1: none is under way.
  std::int64_t NextAt() const;
  std::size_t open() const { return open_.size(); }
  void AbandonAll();

 private:
  class Line;
  bool ServerHas(const Exchange& exchange) const;

  SimServer* server_;
  SimClock* clock_;
  Wiretap* wiretap_;
  std::map<std::uint64_t, Exchange> open_;
};

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_SIMULATION_NETWORK_H_
