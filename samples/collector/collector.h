// The collector itself: what it answers to each request. It has no server of its own.

#ifndef EMBEDDABLES_SAMPLES_COLLECTOR_COLLECTOR_H_
#define EMBEDDABLES_SAMPLES_COLLECTOR_COLLECTOR_H_

#include <httplib.h>

#include <functional>
#include <string>

#include "samples/collector/contract.h"
#include "samples/collector/exchange.h"
#include "samples/collector/faults.h"
#include "samples/collector/live.h"
#include "samples/collector/options.h"
#include "samples/collector/page.h"
#include "samples/collector/received.h"
#include "samples/collector/refused.h"
#include "samples/collector/upstream.h"

namespace collector {

// Any thread, once it is installed.
class Collector {
 public:
  using Observer = std::function<void(const Exchange&)>;

  // The options and `received` outlive it. `observer` is told of each request to the endpoint, on
  // the thread that answers it, just before the answer goes.
  Collector(const Options& options, Received* received, Observer observer = {});

  // False with the reason in *error.
  bool Check(std::string* error);
  void Install(httplib::Server* server);
  // False with the reason in *error; nothing changes then.
  bool SetFaults(const std::string& json, std::string* error);
  // Lets go of the pages, so that the server can end.
  void Close() { live_.Close(); }

 private:
  using Request = httplib::Request;
  using Response = httplib::Response;
  using Handled = httplib::Server::HandlerResponse;
  using Handler = std::function<void(const Request&, Response*)>;

  void InstallOwnPaths(httplib::Server* server);
  httplib::Server::Handler Own(Handler handler) const;
  bool IsGuest(const Request& request, Response* response) const;
  void Reset();
  void TakeFaults(const std::string& body, Response* response);
  std::string About() const;

  Handled WithoutBody(const Request& request, Response* response);
  Handled BeforeBody(const Request& request, Response* response);
  void NotFound(const Request& request, Response* response);

  void Take(const Request& request, Response* response);
  // What becomes of the request, in *exchange.
  void Judge(const FaultPlan& plan, const EventRequest& read, Exchange* exchange);
  void Forward(const EventRequest& read, Exchange* exchange);
  void Keep(Exchange* exchange);
  void Reply(const FaultPlan& plan, const Exchange& exchange, Response* response);
  void Report(Exchange* exchange);

  const Options& options_;
  Received* received_;
  Observer observer_;
  Refused refused_;
  Faults faults_;
  Upstream upstream_;
  Live live_;
  Page page_;
};

}  // namespace collector

#endif  // EMBEDDABLES_SAMPLES_COLLECTOR_COLLECTOR_H_
