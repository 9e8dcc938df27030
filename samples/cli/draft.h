// An event as the command line is given it, by options or as a line of JSON, made ready to track.

#ifndef EMBEDDABLES_SAMPLES_CLI_DRAFT_H_
#define EMBEDDABLES_SAMPLES_CLI_DRAFT_H_

#include <embeddables/agent.h>
#include <rapidjson/document.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "samples/cli/track.h"

namespace cli {

// One event on its way in. The props are views: what they look at is kept here.
struct Draft {
  std::string name;
  std::vector<embeddables::Prop> props;
  embeddables::EventOptions options;
  rapidjson::Document document;
  std::deque<std::string> texts;
  bool anonymous = false;
  std::string error;

  std::string_view Keep(std::string text) {
    texts.push_back(std::move(text));
    return texts.back();
  }
};

// Each false with draft->error set. The draft is a view of what it is given.
bool ReadLine(std::string_view line, Draft* draft);
// What the options say of an event.
bool ReadOptions(const TrackOptions& options, Draft* draft);
// What holds for every event that says nothing else: --critical, --identifier or --anonymous, and
// the common props.
bool AddDefaults(const TrackOptions& options, Draft* draft);

inline constexpr char kNobody[] =
    "it has no identifier: name the person with --identifier KEY=VALUE, or say --anonymous; "
    "`embeddables-agent identify` names the person of anonymous events later";

}  // namespace cli

#endif  // EMBEDDABLES_SAMPLES_CLI_DRAFT_H_
