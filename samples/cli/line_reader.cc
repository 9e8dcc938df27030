#include "samples/cli/line_reader.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace cli {
namespace {

constexpr std::size_t kAtOnce = 64 * 1024;

}  // namespace

LineReader::Got LineReader::Next(std::string* line, std::chrono::milliseconds wait) {
  Got got = Got::kLine;
  for (;;) {
    if (TakeLine(line, &got)) return got;
    if (stopped_) return Got::kStopped;
    if (ended_) return TakeRest(line);
    bool nothing = false;
    Await(wait, &nothing);
    if (nothing) return Got::kNothingYet;
  }
}

// At the end of input.
LineReader::Got LineReader::TakeRest(std::string* line) {
  if (error_ != 0) return Got::kFailed;
  if (std::exchange(skips_, false)) return Got::kTooLong;
  if (begin_ == buffer_.size()) return Got::kEnd;
  line->assign(buffer_, begin_);
  begin_ = scanned_ = buffer_.size();
  return Got::kLine;
}

void LineReader::Await(std::chrono::milliseconds wait, bool* nothing) {
  pollfd both[] = {{input_, POLLIN, 0}, {stop_, POLLIN, 0}};
  const int ready = poll(both, 2, static_cast<int>(wait.count()));
  *nothing = ready == 0;
  if (ready < 0 && errno != EINTR) {
    error_ = errno;
    ended_ = true;
  }
  if (ready <= 0) return;
  if (both[1].revents == 0) return Read(kAtOnce);
  stopped_ = true;
  ReadWhatStands();
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

void LineReader::Read(std::size_t most) {
  const std::size_t before = buffer_.size();
  buffer_.resize(before + most);
  ssize_t got = 0;
  do {
    got = read(input_, &buffer_[before], most);
  } while (got < 0 && errno == EINTR);
  if (got < 0 && errno != EAGAIN) error_ = errno;
  ended_ = got == 0 || error_ != 0;
  buffer_.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
}

// Does not wait: it reads no more than there is.
void LineReader::ReadWhatStands() {
  struct stat facts {};
  int left = 0;
  if (fstat(input_, &facts) != 0 || !(S_ISFIFO(facts.st_mode) || S_ISSOCK(facts.st_mode)) ||
      ioctl(input_, FIONREAD, &left) != 0) {
    return;
  }
  const std::size_t until = buffer_.size() + static_cast<std::size_t>(std::max(left, 0));
  while (buffer_.size() < until && !ended_) Read(until - buffer_.size());
}

}  // namespace cli
