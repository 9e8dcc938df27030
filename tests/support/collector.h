// The real collector in a process of its own, on a free port.

#ifndef EMBEDDABLES_TESTS_SUPPORT_COLLECTOR_H_
#define EMBEDDABLES_TESTS_SUPPORT_COLLECTOR_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/process.h"

namespace embeddables::test {

struct ReceivedEvent {
  std::string event_id, name, timestamp, project_id, embeddable_id;
  std::string props;                             // JSON text
  std::string identifier_key, identifier_value;  // the value as JSON text
  std::int64_t number = -1;                      // the prop "n", if there is one
};

class Collector {
 public:
  // `arguments` besides --port and --quiet.
  explicit Collector(const std::vector<std::string>& arguments = {}, int port = 0);
  ~Collector();

  const std::string& url() const { return url_; }
  int port() const;
  void SetFaults(const std::string& json);
  void Reset();
  std::vector<ReceivedEvent> Received();
  // As the collector keeps it, one JSON object per line.
  std::string ReceivedText() { return Get("/_received"); }
  std::uint64_t CountReceived();
  // Answers by status; 0: closed without one.
  std::map<int, std::uint64_t> Answers();
  void Kill() { process_->Kill(); }

 private:
  std::string Get(const std::string& path);
  void Post(const std::string& path, const std::string& body);

  std::unique_ptr<Process> process_;
  std::string url_;
};

// A port nobody listens on.
int FreePort();

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_SUPPORT_COLLECTOR_H_
