// The command that a check judges, as a process.

#ifndef EMBEDDABLES_SAMPLES_COLLECTOR_COMMAND_H_
#define EMBEDDABLES_SAMPLES_COLLECTOR_COMMAND_H_

#include <cstdint>
#include <string>
#include <vector>

namespace collector {

class Command {
 public:
  Command() = default;
  ~Command();  // ends it
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;

  // With a file for its input, and one to which its output is added. `environment` is all that it
  // gets. False: it could not be started, and the output says why.
  bool Start(const std::vector<std::string>& words, const std::vector<std::string>& environment,
             const std::string& input, const std::string& output);
  // Ends it at once, with what it has started.
  void Kill() const;
  // Has it ended by now? Then `exit` is its exit code, or minus the signal that ended it.
  bool HasEnded(int* exit);

 private:
  static constexpr std::intptr_t kNone = -1;
  std::intptr_t process_ = kNone;
  [[maybe_unused]] std::intptr_t group_ = kNone;  // where that is more than the process
};

// "NAME=value", as this process has them.
std::vector<std::string> OwnEnvironment();
// The variables that say where temporary files go.
std::vector<std::string> TemporaryVariables();
// A new folder of this user's for temporary files; empty: none could be made.
std::string NewFolder(const std::string& name);

}  // namespace collector

#endif  // EMBEDDABLES_SAMPLES_COLLECTOR_COMMAND_H_
