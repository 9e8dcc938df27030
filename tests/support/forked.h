// A copy of the test's own process.

#ifndef EMBEDDABLES_TESTS_SUPPORT_FORKED_H_
#define EMBEDDABLES_TESTS_SUPPORT_FORKED_H_

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "tests/support/posix.h"

namespace embeddables::test {

// Runs `body` in a forked child and ends it with what that returns; killed with the test.
class Forked {
 public:
  static constexpr int kThrew = 99;

  template <class Body>
  explicit Forked(const Body& body) : id_(fork()) {
    if (id_ != 0) return;
    in_child_ = true;
    EndWithParent();
    alarm(60);  // a hang becomes a failure
    int result = kThrew;
    try {
      result = body();
    } catch (...) {
    }
    _exit(result);
  }
  ~Forked() {
    if (id_ <= 0) return;
    Kill();
    Wait();
  }
  Forked(const Forked&) = delete;
  Forked& operator=(const Forked&) = delete;

  static bool in_child() { return in_child_; }

  void Kill() const { kill(id_, SIGKILL); }
  // The exit code, or minus the signal that ended it.
  int Wait() {
    int status = 0;
    while (waitpid(id_, &status, 0) < 0 && errno == EINTR) continue;
    id_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

 private:
  static bool in_child_;
  pid_t id_;
};

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_SUPPORT_FORKED_H_
