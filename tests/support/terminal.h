// A program on a terminal of the test's own: a pseudo terminal, and as much of a terminal behind it
// as shows what a person would see.

#ifndef EMBEDDABLES_TESTS_SUPPORT_TERMINAL_H_
#define EMBEDDABLES_TESTS_SUPPORT_TERMINAL_H_

#include <sys/types.h>
#include <termios.h>

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "tests/support/process.h"

namespace embeddables::test {

class Terminal {
 public:
  Terminal(const std::vector<std::string>& arguments, const Environment& added, int columns,
           int rows);
  ~Terminal();  // SIGKILL, if it still runs
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  void Type(const std::string& keys) const;
  void Resize(int columns, int rows);
  void Signal(int signal) const;
  // Takes what has come within a moment.
  void Look();
  // Looks until the screen shows the text. False: it never did.
  bool Shows(const std::string& text);
  // The exit code, or minus the signal; takes all output first.
  int Wait();

  std::string screen() const;  // its lines
  const std::string& output() const { return output_; }
  bool overflowed() const { return overflowed_; }  // wrote beyond the last column, or scrolled
  void Forget() { overflowed_ = false; }
  bool on(int mode) const { return modes_.count(mode) != 0; }  // of ESC [ ? MODE h
  int frames() const { return frames_; }
  // Does it echo what is typed, in lines?
  bool cooked() const;

 private:
  void Take(const std::string& bytes);
  void Put(const std::string& character);
  void Obey(const std::string& sequence);

  int master_ = -1, slave_ = -1;
  pid_t id_ = -1;
  bool ended_ = false;
  std::size_t columns_, rows_;
  std::size_t x_ = 0, y_ = 0;
  std::vector<std::vector<std::string>> cells_;
  std::string output_, rest_;
  std::set<int> modes_;
  bool overflowed_ = false;
  int frames_ = 0;
};

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_SUPPORT_TERMINAL_H_
