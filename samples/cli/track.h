// The command `track`: one event from options, or many from standard input.

#ifndef EMBEDDABLES_SAMPLES_CLI_TRACK_H_
#define EMBEDDABLES_SAMPLES_CLI_TRACK_H_

#include <string>
#include <vector>

#include "samples/cli/options.h"

namespace cli {

struct Draft;

struct TrackOptions {
  std::string name;
  std::vector<std::string> props, numbers, texts, metrics, dimensions;  // "key=value"
  std::string props_json, identifier, at;
  // What each line of --stdin gets that has no prop of the same key. The caller keeps the texts.
  std::vector<embeddables::Prop> common;
  bool anonymous = false;
  bool critical = false;
  bool from_stdin = false;
  bool no_flush = false;
  bool ack = false;
};

// `event`: what the options say of it, if it is one. Returns an exit code, or does not return if a
// signal ended it.
int Track(const TrackOptions& options, Draft* event, Settings* settings);

}  // namespace cli

#endif  // EMBEDDABLES_SAMPLES_CLI_TRACK_H_
