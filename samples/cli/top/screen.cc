#include "samples/cli/top/screen.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string_view>

namespace cli {
namespace {

// The sequences of ECMA-48 and xterm that every terminal of today knows; one that knows the last
// pair shows a frame only when it is whole.
constexpr char kTake[] = "\x1b[?1049h\x1b[?25l\x1b[?7l";
constexpr char kGiveBack[] = "\x1b[?7h\x1b[?25h\x1b[?1049l";
constexpr char kBegin[] = "\x1b[?2026h\x1b[H";
constexpr char kEnd[] = "\x1b[J\x1b[?2026l";
constexpr char kToLineEnd[] = "\x1b[K";

void Write(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(STDOUT_FILENO, text.data(), text.size());
    if (written > 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
      continue;
    }
    pollfd ready{STDOUT_FILENO, POLLOUT, 0};
    const bool again = errno == EINTR || (errno == EAGAIN && poll(&ready, 1, 1000) > 0);
    if (!again) return;  // the terminal is gone
  }
}

}  // namespace

bool Screen::Exists() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): the main thread alone
  const char* kind = std::getenv("TERM");
  return isatty(STDOUT_FILENO) != 0 && kind != nullptr && std::string_view(kind) != "dumb";
}

Screen::Screen() {
  has_keys_ = isatty(STDIN_FILENO) != 0 && tcgetattr(STDIN_FILENO, &before_) == 0;
  if (has_keys_) {
    termios raw = before_;
    // Ctrl-C comes as a key; Ctrl-Z would leave the terminal as it is now.
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | ISIG);
    raw.c_cc[VMIN] = 0;
    raw.c_cc[VTIME] = 0;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw);
  }
  Write(kTake);
  Measure();
}

Screen::~Screen() {
  Write(kGiveBack);
  if (has_keys_) tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
}

void Screen::Measure() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return;
  columns_ = size.ws_col;
  rows_ = size.ws_row;
}

void Screen::Show(const std::vector<std::string>& lines) {
  std::string all = kBegin;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    all += (i == 0 ? "" : "\r\n") + lines[i] + (lines[i].size() < columns_ ? kToLineEnd : "");
  }
  Write(all + kEnd);
}

}  // namespace cli
