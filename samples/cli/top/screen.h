// A terminal that one program has for itself for a while. What was on it before comes back.

#ifndef EMBEDDABLES_SAMPLES_CLI_TOP_SCREEN_H_
#define EMBEDDABLES_SAMPLES_CLI_TOP_SCREEN_H_

#include <termios.h>

#include <cstddef>
#include <string>
#include <vector>

namespace cli {

class Screen {
 public:
  // Is standard output a terminal that can be drawn on?
  static bool Exists();

  // Takes the terminal: another screen, no cursor, keys without a line's end and without echo.
  Screen();
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
  // Can keys be read from standard input?
  bool has_keys() const { return has_keys_; }

 private:
  termios before_{};
  bool has_keys_ = false;
  std::size_t columns_ = 80, rows_ = 24;
};

}  // namespace cli

#endif  // EMBEDDABLES_SAMPLES_CLI_TOP_SCREEN_H_
