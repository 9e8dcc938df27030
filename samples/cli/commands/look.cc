#include "samples/cli/commands/look.h"

#include <cstdio>

#include "samples/cli/commands/with_store.h"

namespace cli {

using namespace embeddables;

int Look(Settings* settings, const std::function<Status(const std::string& path)>& look,
         IfUnreadable if_unreadable) {
  settings->config.store_only = true;
  const std::string missing = WhatIsNotSet(settings->config);
  if (!missing.empty()) {
    std::fprintf(stderr, "%s\n", missing.c_str());
    return kUsage;
  }
  std::string path;
  const Status found = Agent::StorePath(settings->config, &path);
  const Status looked = found.ok() ? look(path) : found;
  if (looked.ok()) return kDone;
  if (found.ok() && if_unreadable == IfUnreadable::kLeaveToCaller) return kStore;
  if (looked.code() == StatusCode::kNotFound) {
    TellNoStore(*settings, path);
  } else {
    std::fprintf(stderr, "%s\n", Say(looked, *settings).c_str());
  }
  return found.ok() ? kStore : kUsage;
}

}  // namespace cli
