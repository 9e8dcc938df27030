// Carries many HTTP requests at once, each to its one Response. The only room that knows libcurl;
// everything else sees this interface, and tests and hosts may put another one in its place.
//
// Invariants: every Begin ends in exactly one completion from TakeCompleted, or in CancelAll.
// Everything runs on the agent's thread. Nothing waits but Wait.

#ifndef EMBEDDABLES_AGENT_SEND_TRANSPORT_H_
#define EMBEDDABLES_AGENT_SEND_TRANSPORT_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "agent/send/http.h"
#include "embeddables/agent.h"

namespace embeddables {

struct Completion {
  std::uint64_t tag = 0;  // as given to Begin
  Response response;
};

struct TransportCounters {
  std::uint64_t requests = 0;
  std::uint64_t connections = 0;
};

class Transport {
 public:
  virtual ~Transport() = default;
  // Starts one request. False: it could not be started (out of memory, bad URL); there will be no
  // completion. `fresh_connection`: this one and those after it go over new connections; what is
  // under way on the old ones comes to its own end there, and then these are closed.
  virtual bool Begin(std::uint64_t tag, const Request& request, bool fresh_connection) = 0;
  // Sends what was begun, as far as that goes without waiting. Without it the next
  // TakeCompleted does so.
  virtual void Push() {}
  // Moves transfers on without waiting and appends those that ended.
  virtual void TakeCompleted(std::vector<Completion>* completed) = 0;
  // Sleeps until a transfer can move, one of `descriptors` is readable or the timeout passes. With
  // no timeout (negative) and nothing in flight it does not wake by itself. False: the timeout
  // passed and nothing is to do.
  virtual bool Wait(std::chrono::milliseconds timeout, const std::vector<int>& descriptors) = 0;
  // Ends all transfers at once, without completions; never waits for a resolver thread.
  virtual void CancelAll() = 0;
  // The same for those that have not sent anything yet (resolving, connecting); appends their tags.
  virtual void CancelUnsent(std::vector<std::uint64_t>*) {}
  // Closes the connections, and whatever else is open for them, and forgets what names resolved
  // to. Only with nothing in flight.
  virtual void Renew() {}
  virtual std::size_t in_flight() const = 0;
  virtual TransportCounters counters() const = 0;
};

// Over libcurl. Uses of the config: proxy, ca_file, ca_pem, the timeouts, max_in_flight (the
// connection pool). `no_proxy`: the hosts that are reached without the proxy. Null with *status set
// when libcurl cannot be initialised. All that libcurl and its TLS library read of the environment
// they read here, never in a call of the Transport.
std::unique_ptr<Transport> MakeCurlTransport(const Config& config, const std::string& no_proxy,
                                             Status* status);

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_SEND_TRANSPORT_H_
