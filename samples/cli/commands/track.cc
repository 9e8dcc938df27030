#include "samples/cli/track.h"

#include <cstdio>
#include <iostream>
#include <memory>

#include "samples/cli/commands/command.h"

namespace cli {
namespace {

void AddEventOptions(CLI::App* app, TrackOptions* track) {
  auto* name = app->add_option("name", track->name, "snake_case");
  app->add_option("--prop", track->props,
                  "key=value; a number, true, false or null if it reads as one, else text");
  app->add_option("--metric", track->metrics, "key=number, into payload_metrics");
  app->add_option("--dimension", track->dimensions, "key=text, into payload_dimensions");
  app->add_option("--props-json", track->props_json, "Props as one JSON object");
  app->add_option("--identifier", track->identifier, "The person it is about: email=a@b.c")
      ->envname("EMBEDDABLES_IDENTIFIER");
  app->add_flag("--critical", track->critical, "Send it before all others");
  app->add_option("--at", track->at, "When it happened: 2026-01-31T23:59:59.999Z");
  app->add_flag("--stdin", track->from_stdin,
                "One JSON object per line: name, and props, timestamp, identifier, critical")
      ->excludes(name);
  app->add_flag("--no-flush", track->no_flush, "Store only; needs no ids and no key");
  app->add_flag("--ack", track->ack,
                "With --stdin: print \"stored N\" when the first N lines are on disk");
}

}  // namespace

Command::Action PrepareTrack(CLI::App* app, Settings* settings) {
  const auto track = std::make_shared<TrackOptions>();
  AddStoreOptions(app, settings);
  AddSendOptions(app, settings);
  AddEventOptions(app, track.get());
  return [settings, track] {
    if (!track->name.empty() || track->from_stdin) return Track(*track, settings, std::cin);
    std::fprintf(stderr, "track needs a NAME or --stdin\n");
    return static_cast<int>(kUsage);
  };
}

}  // namespace cli
