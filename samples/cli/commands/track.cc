#include "samples/cli/track.h"

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "samples/cli/commands/command.h"
#include "samples/cli/draft.h"
#include "samples/cli/print.h"
#include "samples/cli/values.h"

namespace cli {
namespace {

struct OneEvent {
  TrackOptions track;
  std::vector<std::string> names;
  Draft common;
};

void AddEventOptions(OptionSet* options, TrackOptions* track) {
  options
      ->List("--prop", "KEY=VALUE", &track->props,
             "A number if it prints as it is written; true, false, null; else text")
      .NoVariable();
  options->List("--number", "KEY=NUMBER", &track->numbers, "A prop that is a number").NoVariable();
  options->List("--text", "KEY=TEXT", &track->texts, "A prop that is text").NoVariable();
  options->List("--metric", "KEY=NUMBER", &track->metrics, "Into payload_metrics").NoVariable();
  options->List("--dimension", "KEY=TEXT", &track->dimensions, "Into payload_dimensions")
      .NoVariable();
  options->Text("--props-json", &track->props_json, "Props as one JSON object").NoVariable();
  options->Text("--identifier", &track->identifier, "The person it is about: email=a@b.c");
  options->Flag("--anonymous", &track->anonymous,
                "Nobody is known: `identify` may name the person later");
  options->Flag("--critical", &track->critical, "Send it before all others").NoVariable();
  options
      ->Text("--at", &track->at,
             "When it happened: as `date -Iseconds` prints it, or seconds since 1970")
      .NoVariable();
}

void AddWays(OptionSet* options, TrackOptions* track) {
  options
      ->Flag("--stdin", &track->from_stdin,
             "One JSON object per line: name, and props, timestamp, identifier or anonymous, "
             "critical; props that are given as options are added to each")
      .NoVariable();
  options
      ->Flag("--no-flush", &track->no_flush, "Store only; needs no key and, with --store, no ids")
      .NoVariable();
  options
      ->Flag("--ack", &track->ack,
             "With --stdin: print \"stored N\" when the first N lines are on disk")
      .NoVariable();
}

// Of a person and of nobody, what is given nearer to the command counts.
std::string ChoosePerson(const OptionSet& options, TrackOptions* track) {
  const Given person = options.HowGiven("--identifier");
  const Given nobody = options.HowGiven("--anonymous");
  if (track->anonymous && person == nobody) {
    return options.Source("--anonymous") + " and " + options.Source("--identifier") +
           " do not go together";
  }
  if (track->anonymous && person > nobody) track->anonymous = false;
  if (track->anonymous) track->identifier.clear();
  if (track->identifier.empty()) return {};
  std::string_view key, value;
  const std::string wrong = ReadPerson(track->identifier, &key, &value);
  return wrong.empty() ? "" : options.Source("--identifier") + " " + wrong;
}

// Returns what is wrong, or nothing.
std::string WhatIsWrong(const OptionSet& options, OneEvent* given) {
  TrackOptions& track = given->track;
  if (!given->names.empty()) track.name = given->names.front();
  if (track.name.empty() && !track.from_stdin) return "track needs a NAME or --stdin";
  if (!track.name.empty() && track.from_stdin) {
    return "a NAME and --stdin do not go together: each line has its own name";
  }
  if (!track.at.empty() && track.from_stdin) {
    return "--at and --stdin do not go together: a line has its own timestamp";
  }
  if (track.ack && !track.from_stdin && options.HowGiven("--ack") == Given::kOption) {
    return "--ack is for the lines of --stdin: add that, or leave --ack out; of a single event the "
           "exit code says whether it is stored";
  }
  std::string wrong = ChoosePerson(options, &track);
  if (!wrong.empty()) return wrong;
  if (!ReadOptions(track, &given->common)) return given->common.error;
  if (track.from_stdin) {
    track.common = given->common.props;
  } else if (track.identifier.empty() && !track.anonymous) {
    return std::string("track: ") + kNobody;
  }
  return {};
}

}  // namespace

Command::Action PrepareTrack(OptionSet* options, Settings* settings) {
  const auto given = std::make_shared<OneEvent>();
  options->Positional("name", &given->names, 1, "The event's, in snake_case");
  AddEventOptions(options, &given->track);
  AddWays(options, &given->track);
  AddStoreOptions(options, settings);
  AddSendOptions(options, settings);
  return [options, settings, given] {
    const std::string wrong = WhatIsWrong(*options, given.get());
    if (!given->track.from_stdin) TakeLittleMemory(&settings->config);
    if (wrong.empty()) return Track(given->track, &given->common, settings);
    std::fprintf(stderr, "%s\n", Printable(wrong).c_str());
    return static_cast<int>(kUsage);
  };
}

}  // namespace cli
