#include <windows.h>

#include <algorithm>
#include <cstdint>

#include "samples/cli/top/screen.h"
#include "samples/cli/wide_windows.h"

namespace cli {
namespace {

bool IsEnd(wchar_t key) {
  constexpr wchar_t kControlC = 3, kControlD = 4;
  return key == L'q' || key == L'Q' || key == kControlC || key == kControlD;
}

}  // namespace

// A screen of its own: when its handle is closed, also because the process was killed, the console
// shows again what it showed.
struct Screen::Terminal {
  HANDLE before = GetStdHandle(STD_OUTPUT_HANDLE), keys = GetStdHandle(STD_INPUT_HANDLE);
  HANDLE own = CreateConsoleScreenBuffer(GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ, nullptr,
                                         CONSOLE_TEXTMODE_BUFFER, nullptr);
  COORD corner{};
  DWORD mode = 0;
  bool has_keys = GetConsoleMode(keys, &mode) != 0;

  // False: a key ends it, or the console is gone.
  bool ReadInput(bool* resized) const {
    INPUT_RECORD records[16];
    DWORD count = 0;
    if (ReadConsoleInputW(keys, records, 16, &count) == 0) return false;
    for (DWORD i = 0; i < count; ++i) {
      const INPUT_RECORD& record = records[i];
      *resized = *resized || record.EventType == WINDOW_BUFFER_SIZE_EVENT;
      const KEY_EVENT_RECORD& key = record.Event.KeyEvent;
      if (record.EventType == KEY_EVENT && key.bKeyDown != 0 && IsEnd(key.uChar.UnicodeChar)) {
        return false;
      }
    }
    return true;
  }
};

bool Screen::Exists() {
  DWORD mode = 0;
  return GetConsoleMode(GetStdHandle(STD_OUTPUT_HANDLE), &mode) != 0;
}

Screen::Screen(const EndSignals& signals)
    : signals_(signals), terminal_(std::make_unique<Terminal>()) {
  // Without ENABLE_PROCESSED_INPUT, Ctrl-C comes as a key.
  if (terminal_->has_keys) {
    SetConsoleMode(terminal_->keys, ENABLE_WINDOW_INPUT | ENABLE_EXTENDED_FLAGS);
  }
  const CONSOLE_CURSOR_INFO hidden{1, FALSE};
  SetConsoleCursorInfo(terminal_->own, &hidden);
  SetConsoleActiveScreenBuffer(terminal_->own);
  Measure();
}

Screen::~Screen() {
  SetConsoleActiveScreenBuffer(terminal_->before);
  CloseHandle(terminal_->own);
  if (terminal_->has_keys) SetConsoleMode(terminal_->keys, terminal_->mode);
}

void Screen::Measure() {
  CONSOLE_SCREEN_BUFFER_INFO facts{};
  if (GetConsoleScreenBufferInfo(terminal_->own, &facts) == 0) return;
  const SMALL_RECT& window = facts.srWindow;
  terminal_->corner = {window.Left, window.Top};
  columns_ = static_cast<std::size_t>(std::max(window.Right - window.Left + 1, 1));
  rows_ = static_cast<std::size_t>(std::max(window.Bottom - window.Top + 1, 1));
}

void Screen::Show(const std::vector<std::string>& lines) {
  COORD at = terminal_->corner;
  for (std::size_t i = 0; i < rows_; ++i, ++at.Y) {
    std::wstring row = i < lines.size() ? Wide(lines[i]) : std::wstring();
    row.resize(columns_, L' ');
    DWORD written = 0;
    WriteConsoleOutputCharacterW(terminal_->own, row.data(), static_cast<DWORD>(row.size()), at,
                                 &written);
  }
}

Screen::Woken Screen::Await(std::chrono::steady_clock::time_point until) {
  using std::chrono::milliseconds;
  const HANDLE both[] = {reinterpret_cast<HANDLE>(signals_.handle()), terminal_->keys};
  for (;;) {
    const auto left =
        std::chrono::duration_cast<milliseconds>(until - std::chrono::steady_clock::now()).count() +
        1;
    if (left <= 0) return Woken::kTime;
    const DWORD which =
        WaitForMultipleObjects(terminal_->has_keys ? 2 : 1, both, FALSE, static_cast<DWORD>(left));
    if (which == WAIT_TIMEOUT) continue;
    bool resized = false;
    if (which != WAIT_OBJECT_0 + 1 || !terminal_->ReadInput(&resized)) return Woken::kEnd;
    if (resized) return Woken::kSize;
  }
}

}  // namespace cli
