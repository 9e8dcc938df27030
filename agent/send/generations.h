// Decides over which connections requests go. A connection that died, or that leads to a sick
// server, would keep being used: after a timeout HTTP/2 ends the stream and never the connection,
// and libcurl puts the next request on the same one. So connections have generations. After a bad
// sign from the present generation all new requests belong to the next one, over new connections;
// requests under way end where they are.
//
// A value of time and chance like those in backoff.h: no I/O, no clock of its own.

#ifndef EMBEDDABLES_AGENT_SEND_GENERATIONS_H_
#define EMBEDDABLES_AGENT_SEND_GENERATIONS_H_

#include <cstddef>
#include <cstdint>

#include "agent/base/time.h"
#include "agent/send/backoff.h"
#include "agent/send/http.h"

namespace embeddables {

class Generations {
 public:
  Generations(const BackoffPolicy& policy, bool http1_only)
      : policy_(policy), never_http2_(http1_only), http1_only_(http1_only) {}

  // Before a request: is it the first of its generation, which needs a new connection, and may
  // HTTP/2 be offered?
  void Prepare(BootTime now);
  bool fresh() const { return fresh_; }
  bool http1_only() const { return http1_only_; }
  // A request began; returns its generation, for Ended and Heard.
  std::uint32_t Begin();
  void Ended(std::uint32_t generation);
  // All requests were abandoned.
  void EndedAll() { in_flight_ = 0; }

  // The number of requests under way that belong to the present generation. Others delay nothing.
  std::size_t in_flight() const { return in_flight_; }
  // New connections were made since: the request's fate says nothing about the network now.
  bool IsLeft(std::uint32_t generation) const { return generation != begun_; }

  // A request of that generation ended with this sign.
  void Heard(std::uint32_t generation, ConnectionSign sign, BootTime now, Random* random);
  // 421: the server wants to get this request on another connection.
  void Leave(std::uint32_t generation);
  // The connections were closed, though nothing was wrong with them.
  void Closed();
  // The new network may pass requests that the last one did not.
  void NetworkChanged();

 private:
  void Next();
  bool MayLeave(ConnectionSign sign, BootTime now) const;

  BackoffPolicy policy_;
  bool never_http2_;
  std::uint32_t present_ = 1;
  std::uint32_t begun_ = 1;  // the last generation that has had a request
  std::size_t in_flight_ = 0;
  bool fresh_ = false;
  bool http1_only_;
  bool answered_ = false;        // the present generation has brought an answer
  std::uint32_t fruitless_ = 0;  // generations in a row that never did
  std::uint32_t doubts_ = 0;     // in a row, in the present generation
  std::uint32_t leavings_ = 0;   // in a row, each within two steps of the one before
  BootTime left_at_;
  std::int64_t step_ = 0;  // of the backoff after the last leaving
  BootTime http1_until_;   // because HTTP/2 brought no answer
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_SEND_GENERATIONS_H_
