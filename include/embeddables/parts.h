// Parts of the agent that a host may bring along: its own HTTP stack and its own clock. A host that
// brings none needs only agent.h.
//
//   class EngineHttp : public HttpTransport {
//    public:
//     bool Begin(std::shared_ptr<HttpExchange> exchange) override {
//       engine::Post(exchange->request().url, ..., [exchange](const engine::Reply& reply) {
//         HttpAnswer answer;
//         answer.status = reply.status;
//         answer.body = reply.body;
//         exchange->Answer(std::move(answer));
//       });
//       return true;
//     }
//     void Cancel(HttpExchange&) override {}  // if the engine cannot end a request
//   };
//   config.transport = std::make_shared<EngineHttp>();
//
// The transport carries bytes and decides nothing: the store, the retries, the backoff and what an
// answer means stay the agent's. samples/own_transport is a whole one.
//
// Other parts are fields of Config: on_log, and on_thread_start and on_thread_stop, in which a host
// gives the agent's thread a name, a priority or processors of its own.
//
// Memory: the agent takes it from operator new and malloc alone, so a host that replaces these has
// all of it, but for three things that the system hands out: the intake's memory, the stack of the
// agent's thread, and a page or two that a fork must clear. SQLite and libcurl have hooks of their
// own, which a program sets before its first Start: sqlite3_config with SQLITE_CONFIG_MALLOC, and
// curl_global_init_mem. While an Agent lives, sqlite3_config and sqlite3_shutdown must not be
// called. The store uses SQLite's VFS "unix" ("win32" on Windows), whatever the process's default
// is, and the default where SQLite was built without that one.

#ifndef EMBEDDABLES_PARTS_H_
#define EMBEDDABLES_PARTS_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "embeddables/export.h"

namespace embeddables {

class Clock;  // not part of the API, nor is Transport
class Status;
class Transport;
struct Config;

// ---------------------------------------------------------------------------------------------
// HTTP.

struct HttpHeader {
  std::string name, value;
};

// It is sent as it is: no header may be added that asks for something else, and a redirect must not
// be followed, for it could carry the key elsewhere. Host, Content-Length and what belongs to the
// connection are the transport's.
struct HttpRequest {
  std::string url;
  bool head = false;  // a HEAD instead of a POST: there is no body, and the answer has none
  std::vector<HttpHeader> headers;
  std::string body;
  // Config::connect_timeout and request_timeout. The agent keeps the latter itself, from Begin on:
  // it gives up the exchange then, whatever the transport does.
  std::chrono::milliseconds connect_timeout{0}, timeout{0};
  // Wishes that a transport may ignore: the connections used so far have brought no answer, so take
  // a new one; HTTP/2 may not pass here, so offer HTTP/1.1.
  bool fresh_connection = false, http1_only = false;
  // More of a body, decoded, is not read: cut it there.
  std::size_t most_answer_bytes = 0;
};

// Why there is no answer.
enum class HttpError : std::uint8_t {
  kNone,     // there is an HTTP status
  kResolve,  // DNS
  kConnect,
  kTls,  // certificate, protocol, clock
  kTimeout,
  kBroken,  // the request was sent, at least partly, and the connection ended without a whole
            // answer
};
EMBEDDABLES_API const char* Name(HttpError error);  // e.g. "resolve"

struct HttpAnswer {
  HttpError error = HttpError::kNone;
  std::string error_text;  // for people, with an error; must hold no header of the request
  int status = 0;          // also with an error, if the answer had begun
  // The answer came over TLS, and the server's certificate was checked. Only then a 2xx without an
  // Event counts as the endpoint's own; if in doubt it is a portal's. Certificates that are not
  // checked give the key to anybody on the way.
  bool tls_verified = false;
  std::string date, retry_after;  // the values of these two headers; empty: there was none
  std::string body;               // decoded; all of it, up to most_answer_bytes
};

// One request and the way back for its answer. The agent makes it and the host shares it: it may be
// kept as long as anybody needs the request, even after the agent's end, and is the same for all
// threads. A child of a fork must not touch those of its parent.
class HttpExchange {
 public:
  // Never changes.
  virtual const HttpRequest& request() const = 0;
  // Ends the exchange and wakes the agent. May be called on any thread, at any time, from within
  // Begin, Poll and Cancel too; never blocks. The first answer counts, and none does after the
  // agent has cancelled the exchange, given it up or ended.
  virtual void Answer(HttpAnswer answer) = 0;
  // False: no answer counts any more. May be called on any thread.
  virtual bool wanted() const = 0;

 protected:
  ~HttpExchange() = default;
};

// The host's HTTP stack. The agent calls it on its own thread, one call at a time, with
// Config::pump on the thread that pumps or is in a call that may block. None of these functions may
// block, throw, fork or call a function of the Agent that may block.
//
// The Agent shares the object, and ends with it: after Shutdown has returned ok, or the destructor
// has returned in time, nothing of it is called any more. Until then at most Config::max_in_flight
// exchanges are open, plus those that Suspend, a denial and the like have just cancelled.
//
// exit: a call that is under way is waited for, at most 2 s; after that none is made. fork: happens
// between two calls, as long as none takes longer than 100 ms. In the child none is made.
class EMBEDDABLES_API HttpTransport {
 public:
  HttpTransport();
  virtual ~HttpTransport() = default;
  HttpTransport(const HttpTransport&) = delete;
  HttpTransport& operator=(const HttpTransport&) = delete;

  // Begins to send. False: it could not be begun (no memory, too many at once); its answer does not
  // count, and the event is tried again after a backoff.
  virtual bool Begin(std::shared_ptr<HttpExchange> exchange) = 0;

  // No answer to it counts any more: end it, and close its connection if it cannot be ended
  // otherwise. It was cancelled (Suspend, Shutdown, a denial, a Purge ...), or its time is over.
  virtual void Cancel(HttpExchange& exchange) = 0;

  // For a transport without a thread: moves its transfers on and answers those that have ended. It
  // is called in each step of the agent while exchanges are open. Returns after what time it wants
  // to be called again; max(): only Answer wakes the agent. The agent does not watch its sockets.
  virtual std::chrono::milliseconds Poll() { return std::chrono::milliseconds::max(); }

  // Closes idle connections and forgets resolved names: the network has changed, the device is
  // about to sleep, or there has been nothing to send for a minute. No exchange is open.
  virtual void CloseConnections() {}

  // Can it answer only while the host is in no call of the Agent, as on the web or in an engine
  // that answers on the main thread? Then a call that waits for answers would wait in vain: Flush
  // begins all requests that may go now and returns kDeadlineExceeded at once, with what is left in
  // its result; Shutdown and the destructor begin none, and end those that are open, whose events
  // stay pending and may arrive twice. So Flush, go on until Stats::in_flight is 0, and then
  // Shutdown. Calls that wait for the disk alone (Persist, Suspend, Purge ...) are as ever. Asked
  // at any time, on any thread; must not change.
  virtual bool AnswersBetweenCalls() const { return false; }

  // Not part of the API: makes what carries the agent's requests over it. The constructor sets it,
  // so that a program which has no such transport links no code for one.
  using Carrier = std::unique_ptr<Transport> (*)(const Config&, const Clock&, Status*);
  Carrier carrier() const { return carrier_; }

 private:
  const Carrier carrier_;
};

// ---------------------------------------------------------------------------------------------
// Time.

// The host's clocks. They are read on any thread, several times in a Track, and must not block; the
// Agent shares the object until it has ended. All processes that share a store must share their
// clocks, too, and Agent::Inspect reads the system's. How long a thread sleeps is the system's
// matter: after a jump the agent sees the new time at its next step.
class HostClock {
 public:
  HostClock() = default;
  virtual ~HostClock() = default;
  HostClock(const HostClock&) = delete;
  HostClock& operator=(const HostClock&) = delete;

  // The date; may be wrong by decades, and jump.
  virtual std::chrono::system_clock::time_point Wall() const = 0;
  // Since the boot or any other fixed moment, if possible with the time that the device slept. All
  // waits and deadlines are measured with it, those of your calls too: while it stands still, a
  // call that waits does not end. If it goes back, it counts as standing still until it has caught
  // up.
  virtual std::chrono::milliseconds SinceBoot() const = 0;
  // How much of SinceBoot the device has slept. When it has grown by a second, old connections are
  // not used again.
  virtual std::chrono::milliseconds Asleep() const { return std::chrono::milliseconds(0); }
  // Names the moment at which SinceBoot began; empty: not known, and then ages of events are lower
  // bounds after a restart.
  virtual std::string BootId() const { return std::string(); }
};

}  // namespace embeddables

#endif  // EMBEDDABLES_PARTS_H_
