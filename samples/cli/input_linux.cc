#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>

#include "samples/cli/input.h"

namespace cli {
namespace {

constexpr std::size_t kAtOnce = 64 * 1024;

// Returns the error; 0: none. *ended: there is nothing more.
int ReadAtMost(int file, std::size_t most, std::string* bytes, bool* ended) {
  const std::size_t before = bytes->size();
  bytes->resize(before + most);
  ssize_t got = 0;
  do {
    got = read(file, &(*bytes)[before], most);
  } while (got < 0 && errno == EINTR);
  const int error = got < 0 && errno != EAGAIN ? errno : 0;
  *ended = got == 0 || error != 0;
  bytes->resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  return error;
}

}  // namespace

struct Input::Reader {};

Input::Input(std::intptr_t input, std::intptr_t stop) : input_(input), stop_(stop) {}

Input::~Input() = default;

std::intptr_t Input::Standard() { return STDIN_FILENO; }

Input::Ready Input::Await(std::chrono::milliseconds wait) {
  pollfd both[] = {{static_cast<int>(input_), POLLIN, 0}, {static_cast<int>(stop_), POLLIN, 0}};
  const int ready = poll(both, 2, static_cast<int>(wait.count()));
  if (ready < 0 && errno != EINTR) {
    error_ = errno;
    ended_ = true;
    return Ready::kBytes;
  }
  if (ready == 0) return Ready::kNothing;
  // Interrupted: reading would wait.
  if (ready < 0) return Await(wait);
  return both[1].revents != 0 ? Ready::kStop : Ready::kBytes;
}

void Input::Read(std::string* bytes) {
  if (!ended_) error_ = ReadAtMost(static_cast<int>(input_), kAtOnce, bytes, &ended_);
}

void Input::ReadWhatStands(std::string* bytes) {
  struct stat facts {};
  int left = 0;
  const int file = static_cast<int>(input_);
  if (fstat(file, &facts) != 0 || !(S_ISFIFO(facts.st_mode) || S_ISSOCK(facts.st_mode)) ||
      ioctl(file, FIONREAD, &left) != 0) {
    return;
  }
  const std::size_t until = bytes->size() + static_cast<std::size_t>(std::max(left, 0));
  while (bytes->size() < until && !ended_) {
    error_ = ReadAtMost(file, until - bytes->size(), bytes, &ended_);
  }
}

}  // namespace cli
