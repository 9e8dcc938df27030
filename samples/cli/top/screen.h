// A terminal that one program has for itself for a while. What was on it before comes back.

#ifndef EMBEDDABLES_SAMPLES_CLI_TOP_SCREEN_H_
#define EMBEDDABLES_SAMPLES_CLI_TOP_SCREEN_H_

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "samples/cli/end_signals.h"

namespace cli {

class Screen {
 public:
  // Is standard output a terminal that can be drawn on?
  static bool Exists();

  // Takes the terminal: another screen, no cursor, keys without a line's end and without echo.
  explicit Screen(const EndSignals& signals);
  // Gives it back as it was.
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  std::size_t columns() const { return columns_; }
  std::size_t rows() const { return rows_; }
  // Asks the terminal how large it is now.
  void Measure();
  // Draws over what is there, in one piece: nothing is cleared first, so nothing flickers. No line
  // is wider than columns(), and there are at most rows() of them.
  void Show(const std::vector<std::string>& lines);

  enum class Woken { kTime, kSize, kEnd };
  // Waits for `until`, another size of the terminal, or an end: a signal, q, Ctrl-C or Ctrl-D, or
  // that the terminal is gone.
  Woken Await(std::chrono::steady_clock::time_point until);

 private:
  struct Terminal;

  const EndSignals& signals_;
  std::unique_ptr<Terminal> terminal_;  // the system's own, and how it was before
  std::size_t columns_ = 80, rows_ = 24;
};

}  // namespace cli

#endif  // EMBEDDABLES_SAMPLES_CLI_TOP_SCREEN_H_
