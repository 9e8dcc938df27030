// The collector's options; its manual page is made from them, too.

#ifndef EMBEDDABLES_SAMPLES_COLLECTOR_OPTIONS_H_
#define EMBEDDABLES_SAMPLES_COLLECTOR_OPTIONS_H_

#include <string>
#include <vector>

namespace CLI {
class App;
}  // namespace CLI

namespace collector {

struct Options {
  std::string host = "127.0.0.1";
  int port = 8080;
  std::string api_key, db, event_id_key = "event_id";
  std::string proxy;
  std::vector<std::string> tls, allow_host;
  bool quiet = false;
  // Of `check`; an empty command means that it was not asked for.
  bool check = false;
  std::vector<std::string> command, only;
};

void AddOptions(CLI::App* app, Options* options);

}  // namespace collector

#endif  // EMBEDDABLES_SAMPLES_COLLECTOR_OPTIONS_H_
