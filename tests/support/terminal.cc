#include "tests/support/terminal.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>

#include "tests/support/wait_for.h"

namespace embeddables::test {

// The slave stays open here as well: so what the program leaves behind can be read, and its end is
// not the terminal's.
Terminal::Terminal(const std::vector<std::string>& arguments, const Environment& added, int columns,
                   int rows)
    : columns_(static_cast<std::size_t>(columns)), rows_(static_cast<std::size_t>(rows)) {
  master_ = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  EXPECT_TRUE(master_ >= 0 && grantpt(master_) == 0 && unlockpt(master_) == 0);
  char name[100] = {};
  EXPECT_EQ(ptsname_r(master_, name, sizeof name), 0);
  slave_ = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
  Resize(columns, rows);
  std::vector<char*> words;
  for (const std::string& each : arguments) words.push_back(const_cast<char*>(each.c_str()));
  words.push_back(nullptr);
  std::vector<std::string> variables;
  for (char** each = environ; *each != nullptr; ++each) {
    const std::string variable = *each;
    if (added.count(variable.substr(0, variable.find('='))) == 0) variables.push_back(variable);
  }
  for (const auto& [key, value] : added) variables.push_back(key + "=" + value);
  std::vector<char*> all;
  for (std::string& each : variables) all.push_back(each.data());
  all.push_back(nullptr);
  id_ = fork();
  if (id_ != 0) return;
  setsid();
  ioctl(slave_, TIOCSCTTY, 0);
  for (int stream = 0; stream < 3; ++stream) dup2(slave_, stream);
  execve(words[0], words.data(), all.data());
  _exit(127);
}

Terminal::~Terminal() {
  if (!ended_) {
    kill(id_, SIGKILL);
    waitpid(id_, nullptr, 0);
  }
  close(slave_);
  close(master_);
}

void Terminal::Type(const std::string& keys) const {
  EXPECT_EQ(write(master_, keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
}

void Terminal::Signal(int signal) const { kill(id_, signal); }

void Terminal::Resize(int columns, int rows) {
  const winsize size{static_cast<unsigned short>(rows), static_cast<unsigned short>(columns), 0, 0};
  columns_ = static_cast<std::size_t>(columns);
  rows_ = static_cast<std::size_t>(rows);
  cells_.assign(rows_, std::vector<std::string>(columns_, " "));
  x_ = y_ = 0;
  ioctl(slave_, TIOCSWINSZ, &size);
}

void Terminal::Look() {
  pollfd ready{master_, POLLIN, 0};
  while (poll(&ready, 1, 20) == 1 && (ready.revents & POLLIN) != 0) {
    char bytes[4096];
    const ssize_t got = read(master_, bytes, sizeof bytes);
    if (got <= 0) return;
    Take(std::string(bytes, static_cast<std::size_t>(got)));
  }
}

bool Terminal::Shows(const std::string& text) {
  return WaitFor([&] {
    Look();
    return screen().find(text) != std::string::npos;
  });
}

int Terminal::Wait() {
  int status = 0;
  const bool ended = WaitFor([&] {
    Look();
    return waitpid(id_, &status, WNOHANG) == id_;
  });
  EXPECT_TRUE(ended) << screen();
  if (!ended) return -1;
  ended_ = true;
  Look();
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

std::string Terminal::screen() const {
  std::string all;
  for (const auto& line : cells_) {
    for (const std::string& cell : line) all += cell;
    all += "\n";
  }
  return all;
}

bool Terminal::cooked() const {
  termios now{};
  return tcgetattr(slave_, &now) == 0 &&
         (now.c_lflag & (ICANON | ECHO | ISIG)) == static_cast<tcflag_t>(ICANON | ECHO | ISIG);
}

void Terminal::Take(const std::string& bytes) {
  output_ += bytes;
  rest_ += bytes;
  while (!rest_.empty()) {
    std::size_t size = 1;
    const auto first = static_cast<unsigned char>(rest_[0]);
    if (first == 0x1b) {
      const std::size_t end = rest_.find_first_of("ABCDEFGHJKhlmr", 1);
      if (end == std::string::npos) return;
      size = end + 1;
    } else if (first >= 0xc0) {
      size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
      if (rest_.size() < size) return;
    }
    const std::string piece = rest_.substr(0, size);
    rest_.erase(0, size);
    first == 0x1b ? Obey(piece) : Put(piece);
  }
}

void Terminal::Put(const std::string& character) {
  if (character == "\r") {
    x_ = 0;
  } else if (character == "\n") {
    overflowed_ = overflowed_ || y_ + 1 >= rows_;
    y_ = std::min(y_ + 1, rows_ - 1);
  } else {
    overflowed_ = overflowed_ || x_ >= columns_;
    cells_[y_][std::min(x_, columns_ - 1)] = character;
    ++x_;
  }
}

void Terminal::Obey(const std::string& sequence) {
  if (sequence == "\x1b[H") x_ = y_ = 0;
  if (sequence == "\x1b[K" || sequence == "\x1b[J") {
    std::fill(cells_[y_].begin() + static_cast<std::ptrdiff_t>(std::min(x_, columns_)),
              cells_[y_].end(), " ");
  }
  if (sequence == "\x1b[J") {
    for (std::size_t y = y_ + 1; y < rows_; ++y) std::fill(cells_[y].begin(), cells_[y].end(), " ");
  }
  if (sequence.substr(0, 3) != "\x1b[?") return;
  const int mode = std::stoi(sequence.substr(3));
  if (mode == 2026 && sequence.back() == 'l') ++frames_;
  if (sequence.back() == 'h') {
    modes_.insert(mode);
  } else {
    modes_.erase(mode);
  }
}

}  // namespace embeddables::test
