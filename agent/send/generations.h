// Over which connections requests go. One that died, or that leads to a sick server, keeps what is
// put on it: after a timeout HTTP/2 ends the stream and never the connection, and libcurl gives the
// next request the same one. So connections have generations. After a bad sign of the present one
// all that begins belongs to the next, over new connections; what is under way ends where it is.
//
// A value of time and chance like those in backoff.h: no I/O, no clock of its own.

#ifndef EMBEDDABLES_AGENT_SEND_GENERATIONS_H_
#define EMBEDDABLES_AGENT_SEND_GENERATIONS_H_

#include <cstddef>
#include <cstdint>

#include "agent/send/backoff.h"
#include "agent/send/http.h"

namespace embeddables {

class Generations {
 public:
  Generations(const BackoffPolicy& policy, bool http1_only)
      : policy_(policy), never_http2_(http1_only), http1_only_(http1_only) {}

  // Before a request: is it the first of its generation, which needs a new connection, and may
  // HTTP/2 be offered?
  void Prepare(std::int64_t now);
  bool fresh() const { return fresh_; }
  bool http1_only() const { return http1_only_; }
  // It began; returns what Ended and Heard want to know of it.
  std::uint32_t Begin();
  void Ended(std::uint32_t generation);
  // All ended: they were abandoned.
  void EndedAll() { in_flight_ = 0; }

  // Requests under way that belong to the present generation. Others hold nothing up.
  std::size_t in_flight() const { return in_flight_; }
  // New connections were made since: what becomes of the request says nothing of the network now.
  bool IsLeft(std::uint32_t generation) const { return generation != begun_; }

  // How a request of that generation ended.
  void Heard(std::uint32_t generation, ConnectionSign sign, std::int64_t now, Random* random);
  // 421: the server wants to hear this on another connection.
  void Leave(std::uint32_t generation);
  // The connections were closed, for no fault of theirs.
  void Closed();
  // Another network may pass what the last one did not.
  void NetworkChanged();

 private:
  void Next();
  bool MayLeave(ConnectionSign sign, std::int64_t now) const;

  BackoffPolicy policy_;
  bool never_http2_;
  std::uint32_t present_ = 1;
  std::uint32_t begun_ = 1;  // the last one that has had a request
  std::size_t in_flight_ = 0;
  bool fresh_ = false;
  bool http1_only_;
  bool answered_ = false;        // the present one ever brought an answer
  std::uint32_t fruitless_ = 0;  // in a row that never did
  std::uint32_t doubts_ = 0;     // in a row, of the present one
  std::uint32_t leavings_ = 0;   // in a row, each within two steps of the one before
  std::int64_t left_at_ = 0;
  std::int64_t step_ = 0;         // of the backoff, since then
  std::int64_t http1_until_ = 0;  // HTTP/2 brought no answer
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_SEND_GENERATIONS_H_
