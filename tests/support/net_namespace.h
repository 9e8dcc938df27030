// A small network of the test's own: two network namespaces joined by a cable (a veth pair). It
// ends with the test, even if that crashes: each namespace lives as long as a process in it.

#ifndef EMBEDDABLES_TESTS_SUPPORT_NET_NAMESPACE_H_
#define EMBEDDABLES_TESTS_SUPPORT_NET_NAMESPACE_H_

#include <memory>
#include <string>
#include <vector>

#include "tests/support/process.h"

namespace embeddables::test {

class NetNamespace {
 public:
  NetNamespace();
  // Runs a command inside, "ip link set dev0 up"; its words are split at blanks. True: it exited 0.
  bool Run(const std::string& command) const;
  // A command line that runs `arguments` inside.
  std::vector<std::string> Inside(std::vector<std::string> arguments) const;
  std::string path() const;  // of its file in /proc
  std::string id() const { return std::to_string(holder_->id()); }

 private:
  std::unique_ptr<Process> holder_;
};

// Moves the calling thread into a namespace, and back at its end. Threads made meanwhile stay.
class Entered {
 public:
  explicit Entered(const NetNamespace& where);
  ~Entered();

 private:
  int before_;
};

// The agent's side has 10.77.0.1 on "cable", the server's 10.77.0.2 on "cable".
class Cable {
 public:
  // Why there can be none here; empty if there can.
  static std::string Missing();
  Cable();
  NetNamespace agent, server;
};

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_SUPPORT_NET_NAMESPACE_H_
