#include <windows.h>

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <thread>
#include <utility>

#include "samples/cli/input.h"
#include "samples/cli/wide_windows.h"

namespace cli {
namespace {

constexpr std::size_t kAtOnce = 64 * 1024;
constexpr std::size_t kTypedAtOnce = 8 * 1024;  // a console refuses much more
constexpr wchar_t kEnd = 0x1A;                  // Ctrl-Z, at a line's start
// What stands in a pipe is read by then, in pieces, and it never holds more.
constexpr DWORD kStandsMs = 50;
constexpr std::size_t kMostStanding = 1024 * 1024;

HANDLE Native(std::intptr_t handle) { return reinterpret_cast<HANDLE>(handle); }

// These return the system's error.
DWORD ReadBytes(HANDLE input, std::string* bytes) {
  bytes->resize(kAtOnce);
  DWORD got = 0;
  const bool read = ReadFile(input, bytes->data(), kAtOnce, &got, nullptr) != 0;
  const DWORD why = read ? 0 : GetLastError();
  bytes->resize(got);
  return why;
}

bool IsConsole(HANDLE input) {
  DWORD mode = 0;
  return GetConsoleMode(input, &mode) != 0;
}

bool IsFirstOfTwo(wchar_t letter) { return letter >= 0xD800 && letter < 0xDC00; }

// A line that is typed, with its end. To ReadFile a console in UTF-8 gives zeros for all letters
// but ASCII's. `half`: the first half of a letter, for the next call.
DWORD ReadTyped(HANDLE console, std::wstring* half, std::string* line) {
  std::wstring typed(kTypedAtOnce, L'\0');
  DWORD got = 0;
  const bool read =
      ReadConsoleW(console, typed.data(), static_cast<DWORD>(typed.size()), &got, nullptr) != 0;
  const DWORD why = read ? 0 : GetLastError();
  typed.resize(got);
  if (got > 0 && typed[0] == kEnd) typed.clear();
  typed.insert(0, std::exchange(*half, {}));
  if (!typed.empty() && IsFirstOfTwo(typed.back())) {
    half->assign(1, typed.back());
    typed.pop_back();
  }
  *line = Narrow(typed);
  return why;
}

}  // namespace

// No wait here takes an anonymous pipe and an event together: a thread reads, one piece ahead. It
// may outlive the Input, for nothing ends its reading for certain.
struct Input::Reader {
  Reader() : ready(CreateEventW(nullptr, TRUE, FALSE, nullptr)) {}
  ~Reader() { CloseHandle(ready); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  void Run(HANDLE input) {
    const bool typed = IsConsole(input);
    std::wstring half;
    std::string piece;
    for (;;) {
      const DWORD why = typed ? ReadTyped(input, &half, &piece) : ReadBytes(input, &piece);
      std::unique_lock<std::mutex> lock(mutex);
      bytes = piece;
      ended = piece.empty() && half.empty();
      // The writer is gone: the end, as a read of 0 bytes.
      error = why == ERROR_BROKEN_PIPE || why == ERROR_HANDLE_EOF ? 0 : static_cast<int>(why);
      SetEvent(ready);
      taken.wait(lock, [this] { return bytes.empty() || over; });
      if (ended || over) return;
    }
  }

  void Take(std::string* into, bool* at_end, int* why) {
    const std::lock_guard<std::mutex> lock(mutex);
    into->append(std::exchange(bytes, {}));
    *at_end = ended;
    *why = error;
    if (!ended) ResetEvent(ready);
    taken.notify_one();
  }

  const HANDLE ready;  // there are bytes, or the end
  std::mutex mutex;
  std::condition_variable taken;
  std::string bytes;
  bool ended = false, over = false;
  int error = 0;
};

Input::Input(std::intptr_t input, std::intptr_t stop)
    : input_(input), stop_(stop), reader_(std::make_shared<Reader>()) {
  std::thread([reader = reader_, native = Native(input)] { reader->Run(native); }).detach();
}

Input::~Input() {
  const std::lock_guard<std::mutex> lock(reader_->mutex);
  reader_->over = true;
  reader_->taken.notify_one();
}

std::intptr_t Input::Standard() {
  return reinterpret_cast<std::intptr_t>(GetStdHandle(STD_INPUT_HANDLE));
}

Input::Ready Input::Await(std::chrono::milliseconds wait) {
  // The stop comes first, if both are there.
  const HANDLE both[] = {Native(stop_), reader_->ready};
  const bool stops = stop_ >= 0;
  const DWORD limit = wait.count() < 0 ? INFINITE : static_cast<DWORD>(wait.count());
  const DWORD count = stops ? 2 : 1;
  const DWORD which = WaitForMultipleObjects(count, stops ? both : both + 1, FALSE, limit);
  if (which == WAIT_TIMEOUT) return Ready::kNothing;
  return stops && which == WAIT_OBJECT_0 ? Ready::kStop : Ready::kBytes;
}

void Input::Read(std::string* bytes) { reader_->Take(bytes, &ended_, &error_); }

void Input::ReadWhatStands(std::string* bytes) {
  const bool is_pipe = GetFileType(Native(input_)) == FILE_TYPE_PIPE;
  const std::size_t until = bytes->size() + kMostStanding;
  while (!ended_ && bytes->size() < until &&
         WaitForSingleObject(reader_->ready, is_pipe ? kStandsMs : 0) == WAIT_OBJECT_0) {
    Read(bytes);
    if (!is_pipe) return;
  }
}

}  // namespace cli
