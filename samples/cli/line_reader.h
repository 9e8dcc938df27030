// Reads lines, and stops when it is told to, also while it waits for one.

#ifndef EMBEDDABLES_SAMPLES_CLI_LINE_READER_H_
#define EMBEDDABLES_SAMPLES_CLI_LINE_READER_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "samples/cli/input.h"

namespace cli {

// Lines end with a line feed; the last one before the end of input may lack it.
//
// When `stop` comes, reading stops: the lines that were read by then still come, and of
// a pipe or socket also those that stand in it at that moment, since nobody else would read them.
// What is written later, and a last line without its end, does not come.
class LineReader {
 public:
  enum class Got { kLine, kTooLong, kNothingYet, kEnd, kStopped, kFailed };

  // A longer line is skipped: memory has an end.
  static constexpr std::size_t kMostBytes = 4 * 1024 * 1024;

  // Two handles, as Input takes them.
  LineReader(std::intptr_t input, std::intptr_t stop) : input_(input, stop) {}

  // Waits at most `wait` for the next line; -1: for ever. The last three are final.
  Got Next(std::string* line, std::chrono::milliseconds wait);
  // After kStopped and kFailed: the input ended in the middle of a line, which is lost.
  bool cut_a_line() const { return skips_ || begin_ < buffer_.size(); }
  // After kFailed: the system's number of what went wrong.
  int error() const { return input_.error(); }

 private:
  bool TakeLine(std::string* line, Got* got);
  Got TakeRest(std::string* line);

  Input input_;
  std::string buffer_;
  std::size_t begin_ = 0;    // of the next line
  std::size_t scanned_ = 0;  // there is no line's end before this
  bool skips_ = false;       // up to the end of a line that is too long
  bool stopped_ = false;
};

}  // namespace cli

#endif  // EMBEDDABLES_SAMPLES_CLI_LINE_READER_H_
