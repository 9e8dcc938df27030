#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <vector>

#include "samples/collector/command.h"

namespace collector {
namespace {

std::vector<char*> Pointers(std::vector<std::string>* texts) {
  std::vector<char*> all;
  for (std::string& each : *texts) all.push_back(each.data());
  all.push_back(nullptr);
  return all;
}

}  // namespace

Command::~Command() {
  if (process_ == kNone) return;
  Kill();
  waitpid(static_cast<pid_t>(process_), nullptr, 0);
}

// In a group of its own, so that a shell's children can be ended, too.
bool Command::Start(const std::vector<std::string>& words,
                    const std::vector<std::string>& environment, const std::string& input,
                    const std::string& output) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 0, input.c_str(), O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, 1, output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&files, 1, 2);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  std::vector<std::string> arguments = words, variables = environment;
  pid_t process = -1;
  const int error = posix_spawnp(&process, arguments[0].c_str(), &files, &attributes,
                                 Pointers(&arguments).data(), Pointers(&variables).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  if (error == 0) {
    process_ = process;
    return true;
  }
  std::ofstream(output, std::ios::app)
      << words[0] << ": " << std::generic_category().message(error) << "\n";
  return false;
}

void Command::Kill() const {
  if (process_ != kNone) kill(-static_cast<pid_t>(process_), SIGKILL);
}

bool Command::HasEnded(int* exit) {
  int status = 0;
  const auto process = static_cast<pid_t>(process_);
  if (process_ == kNone || waitpid(process, &status, WNOHANG) != process) return false;
  process_ = kNone;
  *exit = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  return true;
}

std::vector<std::string> OwnEnvironment() {
  std::vector<std::string> all;
  for (char** each = environ; *each != nullptr; ++each) all.emplace_back(*each);
  return all;
}

std::vector<std::string> TemporaryVariables() { return {"TMPDIR"}; }

std::string NewFolder(const std::string& name) {
  std::string path = std::filesystem::temp_directory_path() / ("check-" + name + "-XXXXXX");
  return mkdtemp(path.data()) == nullptr ? std::string() : path;
}

}  // namespace collector
