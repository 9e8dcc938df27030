#include "samples/cli/line_reader.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace cli {
namespace {

constexpr std::size_t kAtOnce = 64 * 1024;

}  // namespace

LineReader::Got LineReader::Next(std::string* line, std::chrono::milliseconds wait) {
  for (;;) {
    if (TakeLine(line)) return Got::kLine;
    if (stopped_) return Got::kStopped;
    if (ended_) {
      if (!cut_a_line()) return Got::kEnd;
      line->assign(buffer_, begin_);
      begin_ = scanned_ = buffer_.size();
      return Got::kLine;
    }
    pollfd both[] = {{input_, POLLIN, 0}, {stop_, POLLIN, 0}};
    const int ready = poll(both, 2, static_cast<int>(wait.count()));
    if (ready < 0 && errno != EINTR) ended_ = true;
    if (ready == 0) return Got::kNothingYet;
    if (ready < 0) continue;
    if (both[1].revents != 0) {
      stopped_ = true;
      ReadWhatStands();
    } else if (!Read(kAtOnce)) {
      ended_ = true;
    }
  }
}

bool LineReader::TakeLine(std::string* line) {
  const std::size_t end = buffer_.find('\n', std::max(begin_, scanned_));
  if (end == std::string::npos) {
    buffer_.erase(0, begin_);
    begin_ = 0;
    scanned_ = buffer_.size();
    return false;
  }
  line->assign(buffer_, begin_, end - begin_);
  begin_ = scanned_ = end + 1;
  return true;
}

// False: at the end of input, or if it cannot be read.
bool LineReader::Read(std::size_t most) {
  const std::size_t before = buffer_.size();
  buffer_.resize(before + most);
  ssize_t got = 0;
  do {
    got = read(input_, &buffer_[before], most);
  } while (got < 0 && errno == EINTR);
  buffer_.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  return got > 0 || (got < 0 && errno == EAGAIN);
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
  while (buffer_.size() < until && Read(until - buffer_.size())) {
  }
}

}  // namespace cli
