// Carries many HTTP requests at once, each to its one Response. This is the only room that knows
// libcurl; everything else sees this interface. Behind it are libcurl (transport.cc; no_curl.cc
// where the library is built without), a host's own HTTP stack (host_transport.h), or a test's.
//
// Invariants: every Begin ends in exactly one completion from TakeCompleted, or in CancelAll.
// Everything runs on the agent's thread. Only Wait waits.

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
#include "platform/handle.h"

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
  // completion. `fresh_connection`: this request and those after it go over new connections;
  // requests under way on the old ones end there, and then those are closed.
  virtual bool Begin(std::uint64_t tag, const Request& request, bool fresh_connection) = 0;
  // Sends the requests that were begun, as far as possible without waiting. Otherwise the next
  // TakeCompleted does so.
  virtual void Push() {}
  // Moves transfers on without waiting and appends those that ended.
  virtual void TakeCompleted(std::vector<Completion>* completed) = 0;
  // Sleeps until a transfer can move, one of `waitables` is readable or the timeout passes. With
  // no timeout (negative) and nothing in flight it does not wake by itself. False: the timeout
  // passed and there is nothing to do.
  virtual bool Wait(std::chrono::milliseconds timeout, const std::vector<Waitable>& waitables) = 0;
  // Ends all transfers at once, without completions; never waits for a resolver thread.
  virtual void CancelAll() = 0;
  // The same for transfers that have not sent anything yet (resolving, connecting); appends their
  // tags.
  virtual void CancelUnsent(std::vector<std::uint64_t>*) {}
  // Closes the connections and all that is open for them, and forgets resolved names. Allowed only
  // with nothing in flight.
  virtual void Renew() {}
  virtual std::size_t in_flight() const = 0;
  // Can it answer only while no call of the host waits (HttpTransport::AnswersBetweenCalls)?
  virtual bool answers_between_calls() const { return false; }
  virtual TransportCounters counters() const = 0;
};

// Makes the transport over libcurl. It uses these fields of the config: proxy, ca_file, ca_pem, the
// timeouts, max_in_flight (the connection pool). `no_proxy`: the hosts that are reached without the
// proxy. Null with *status set when libcurl cannot be initialised, or the library was built without
// it. libcurl and its TLS library read the environment only here, never in a call of the Transport.
std::unique_ptr<Transport> MakeCurlTransport(const Config& config, const std::string& no_proxy,
                                             Status* status);

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_SEND_TRANSPORT_H_
