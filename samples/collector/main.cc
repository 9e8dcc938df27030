// A local stand-in for the Embeddables events endpoint: for people without a key, and for tests.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "samples/cli/system.h"
#include "samples/collector/check.h"
#include "samples/collector/collector.h"
#include "samples/collector/listener.h"
#include "samples/collector/options.h"
#include "samples/collector/received.h"
#include "samples/collector/system.h"

namespace collector {
namespace {

int Serve(const Options& options) {
  Received received;
  std::string error;
  if (!options.db.empty() && !received.Open(options.db, &error)) {
    std::fprintf(stderr, "%s: %s\n", options.db.c_str(), error.c_str());
    return 1;
  }
  Collector collector(options, &received);
  if (!collector.Check(&error)) {
    std::fprintf(stderr, "embeddables-collector: %s (see embeddables-collector --help)\n",
                 error.c_str());
    return 2;
  }
  Listener listener(options, &collector);
  if (!listener.Bind(&error)) {
    std::fprintf(stderr, "%s\n", error.c_str());
    return 1;
  }
  std::printf("listening on %s\n", listener.url().c_str());
  std::fflush(stdout);
  // Ends in order when asked to, so that sanitizers can tell what they found.
  std::thread stopper([&listener] {
    AwaitEnd();
    listener.Stop();
  });
  listener.Run();
  stopper.join();
  return 0;
}

}  // namespace
}  // namespace collector

int main(int argc, char** argv) {
  cli::KeepStandardFiles();
  collector::Options options;
  CLI::App app("", "embeddables-collector");
  AddOptions(&app, &options);
  std::vector<std::string> arguments = cli::Arguments(argc, argv);
  std::reverse(arguments.begin(), arguments.end());  // as the library takes them
  try {
    app.parse(std::move(arguments));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    std::fprintf(stderr, "embeddables-collector: %s (see embeddables-collector --help)\n",
                 error.what());
    return 2;
  }
  if (options.check) return collector::Check(options.command, options.only);
  // Blocked before any thread starts, so that only the one that waits for them gets them.
  collector::HoldEnd();
  return collector::Serve(options);
}
