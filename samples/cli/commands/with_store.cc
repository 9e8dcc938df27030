#include "samples/cli/commands/with_store.h"

#include <cstdio>
#include <memory>
#include <string>

#include "samples/cli/flush.h"
#include "samples/cli/print.h"
#include "samples/cli/system.h"

namespace cli {

using namespace embeddables;

namespace {

// The disk was waited for in vain. The agent's own words would be that it goes on, but it ends
// here.
int EndWith(const Status& status, const Settings& settings) {
  const bool late = status.code() == StatusCode::kDeadlineExceeded;
  const std::string why =
      late ? "the store did not take it in time; try again when it can" : Say(status, settings);
  if (!status.ok()) std::fprintf(stderr, "%s\n", why.c_str());
  if (status.code() == StatusCode::kInvalidArgument) return kUsage;
  return late ? static_cast<int>(kStore) : ExitFor(status);
}

bool StoreIsMissing(const Settings& settings, std::string* path) {
  return Agent::StorePath(settings.config, path).ok() && IsMissing(*path);
}

}  // namespace

void TellNoStore(const Settings& settings, const std::string& path) {
  const OptionSet& options = *settings.options;
  const std::string where = "there is no store at " + Printable(path);
  const std::string text = options.HowGiven("--store") != Given::kNowhere
                               ? options.Source("--store") + ": " + where
                               : where + ", which " + options.Source("--project") + " and " +
                                     options.Source("--embeddable") +
                                     " choose; --store names another one";
  std::fprintf(stderr, "%s\n", text.c_str());
}

bool StoreExists(const Settings& settings) {
  std::string path;
  const bool missing = StoreIsMissing(settings, &path);
  if (missing) TellNoStore(settings, path);
  return !missing;
}

int WithStoreOrNew(Settings* settings, const std::function<Status(Agent*)>& act) {
  std::string path;
  const bool fresh = StoreIsMissing(*settings, &path);
  settings->config.store_only = true;
  TakeLittleMemory(&settings->config);
  // cppcheck-suppress unreadVariable; it listens while the agent runs
  const Progress progress(settings, false);
  HearLog(settings->verbosity, *settings->options, &settings->config);
  int exit = kDone;
  const std::unique_ptr<Agent> agent = Start(settings, &exit);
  if (agent == nullptr) return exit;
  if (fresh) std::fprintf(stderr, "a new store was made at %s\n", Printable(path).c_str());
  return EndWith(act(agent.get()), *settings);
}

int WithStore(Settings* settings, const std::function<Status(Agent*)>& act) {
  return StoreExists(*settings) ? WithStoreOrNew(settings, act) : static_cast<int>(kStore);
}

}  // namespace cli
