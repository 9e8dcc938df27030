#include "agent/base/reporter.h"

#include <functional>
#include <string>
#include <utility>

namespace embeddables {

void Reporter::LetCallbacks() {
  if (calls_) return;
  calls_ = true;
  for (const Outcome& outcome : std::exchange(early_outcomes_, {})) config_.on_outcome(outcome);
  for (const LogLine& line : std::exchange(early_lines_, {})) config_.on_log(line);
}

void Reporter::Tell(const Outcome& outcome) {
  if (outcome.kind == OutcomeKind::kDelivered && !config_.delivered_outcomes) return;
  if (config_.on_outcome) {
    calls_ ? config_.on_outcome(outcome) : early_outcomes_.push_back(outcome);
  } else {
    outcomes_.Push(outcome);
  }
}

void Reporter::Tell(OutcomeKind kind, std::string_view message) {
  Outcome outcome;
  outcome.kind = kind;
  outcome.count = 0;
  CopyText(message, outcome.message);
  Tell(outcome);
  Log(LogLevel::kWarning, std::string(Name(kind)) + ": " + std::string(message));
}

void Reporter::TellDropped(DropReason reason, std::uint64_t count) {
  Outcome outcome;
  outcome.kind = OutcomeKind::kDropped;
  outcome.reason = reason;
  outcome.count = count;
  CopyText(Name(reason), outcome.message);
  Tell(outcome);
  Log(LogLevel::kWarning, std::to_string(count) + " events dropped: " + Name(reason));
}

void Reporter::Log(LogLevel level, std::string_view text) {
  if (level < config_.log_level) return;
  LogLine line;
  line.level = level;
  CopyText(text, line.text);
  if (config_.on_log) {
    calls_ ? config_.on_log(line) : early_lines_.push_back(line);
  } else {
    log_.Push(line);
  }
}

}  // namespace embeddables
