#include "samples/cli/line_reader.h"

#include <algorithm>
#include <utility>

namespace cli {

LineReader::Got LineReader::Next(std::string* line, std::chrono::milliseconds wait) {
  Got got = Got::kLine;
  for (;;) {
    if (TakeLine(line, &got)) return got;
    if (stopped_) return Got::kStopped;
    if (input_.ended()) return TakeRest(line);
    switch (input_.Await(wait)) {
      case Input::Ready::kNothing:
        return Got::kNothingYet;
      case Input::Ready::kBytes:
        input_.Read(&buffer_);
        break;
      case Input::Ready::kStop:
        stopped_ = true;
        input_.ReadWhatStands(&buffer_);
        break;
    }
  }
}

// At the end of input.
LineReader::Got LineReader::TakeRest(std::string* line) {
  if (error() != 0) return Got::kFailed;
  if (std::exchange(skips_, false)) return Got::kTooLong;
  if (begin_ == buffer_.size()) return Got::kEnd;
  line->assign(buffer_, begin_);
  begin_ = scanned_ = buffer_.size();
  return Got::kLine;
}

// True: a line has come to its end.
bool LineReader::TakeLine(std::string* line, Got* got) {
  const std::size_t end = buffer_.find('\n', std::max(begin_, scanned_));
  if (end == std::string::npos) {
    buffer_.erase(0, begin_);
    begin_ = 0;
    skips_ = skips_ || buffer_.size() > kMostBytes;
    if (skips_) buffer_.clear();
    scanned_ = buffer_.size();
    return false;
  }
  const bool too_long = std::exchange(skips_, false) || end - begin_ > kMostBytes;
  *got = too_long ? Got::kTooLong : Got::kLine;
  if (!too_long) line->assign(buffer_, begin_, end - begin_);
  begin_ = scanned_ = end + 1;
  return true;
}

}  // namespace cli
