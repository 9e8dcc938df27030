#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string_view>

#include "samples/cli/top/screen.h"

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

// A change of the terminal's size ends a wait, and nothing more.
void HearOfSizes() {
  struct sigaction action {};
  action.sa_handler = [](int) {};
  sigemptyset(&action.sa_mask);
  sigaction(SIGWINCH, &action, nullptr);
}

bool IsEnd(char key) {
  constexpr char kControlC = 3, kControlD = 4;
  return key == 'q' || key == 'Q' || key == kControlC || key == kControlD;
}

// False: the terminal is gone, or a key ends it.
bool ReadKeys() {
  char keys[64];
  const ssize_t got = read(STDIN_FILENO, keys, sizeof keys);
  for (ssize_t i = 0; i < got; ++i) {
    if (IsEnd(keys[i])) return false;
  }
  return got > 0;
}

}  // namespace

struct Screen::Terminal {
  termios before{};
  bool has_keys = false;
};

bool Screen::Exists() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): the main thread alone
  const char* kind = std::getenv("TERM");
  return isatty(STDOUT_FILENO) != 0 && kind != nullptr && std::string_view(kind) != "dumb";
}

Screen::Screen(const EndSignals& signals)
    : signals_(signals), terminal_(std::make_unique<Terminal>()) {
  HearOfSizes();
  termios* before = &terminal_->before;
  terminal_->has_keys = isatty(STDIN_FILENO) != 0 && tcgetattr(STDIN_FILENO, before) == 0;
  if (terminal_->has_keys) {
    termios raw = *before;
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
  if (terminal_->has_keys) tcsetattr(STDIN_FILENO, TCSAFLUSH, &terminal_->before);
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

Screen::Woken Screen::Await(std::chrono::steady_clock::time_point until) {
  using std::chrono::milliseconds;
  for (;;) {
    const auto left =
        std::chrono::duration_cast<milliseconds>(until - std::chrono::steady_clock::now()).count() +
        1;
    if (left <= 0) return Woken::kTime;
    pollfd both[] = {{terminal_->has_keys ? STDIN_FILENO : -1, POLLIN, 0},
                     {static_cast<int>(signals_.handle()), POLLIN, 0}};
    const int ready = poll(both, 2, static_cast<int>(left));
    if (ready < 0) return Woken::kSize;
    if (both[1].revents != 0) return Woken::kEnd;
    if (both[0].revents != 0 && !ReadKeys()) return Woken::kEnd;
  }
}

}  // namespace cli
