#include "tests/support/process.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "tests/support/posix.h"

extern char** environ;  // not every system's headers declare it

namespace embeddables::test {
namespace {

std::vector<std::string> MergedEnvironment(const Environment& added) {
  std::vector<std::string> all;
  for (char** each = environ; *each != nullptr; ++each) {
    const std::string entry = *each;
    if (added.count(entry.substr(0, entry.find('='))) == 0) all.push_back(entry);
  }
  for (const auto& each : added) {
    const bool preloads = each.first == "LD_PRELOAD";
    all.push_back((preloads ? EMBEDDABLES_PRELOAD : each.first + "=") + each.second);
  }
  return all;
}

std::vector<char*> Pointers(std::vector<std::string>* texts) {
  std::vector<char*> pointers;
  for (std::string& text : *texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

Process::Process(const std::vector<std::string>& arguments, const Environment& added,
                 bool keep_errors) {
  std::vector<std::string> words = arguments;
  std::vector<std::string> variables = MergedEnvironment(added);
  const std::vector<char*> argv = Pointers(&words), envp = Pointers(&variables);
  int to[2], from[2];
  if (!MakePipe(to) || !MakePipe(from)) abort();
  id_ = fork();
  if (id_ == 0) {
    dup2(to[0], STDIN_FILENO);
    dup2(from[1], STDOUT_FILENO);
    if (keep_errors) dup2(from[1], STDERR_FILENO);
    EndWithParent();  // nothing outlives a test that crashes
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    BecomeProgram(argv.data(), envp.data());
    perror(argv[0]);
    _exit(127);
  }
  close(to[0]);
  close(from[1]);
  input_ = to[1];
  output_ = from[0];
}

Process::~Process() {
  if (id_ > 0) {
    Kill();
    Wait();
  }
  CloseInput();
  close(static_cast<int>(output_));
}

bool Process::Write(const std::string& text) {
  // A reader that is gone must not end the test.
  signal(SIGPIPE, SIG_IGN);
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t written = write(static_cast<int>(input_), text.data() + done, text.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    done += static_cast<std::size_t>(written);
  }
  return true;
}

void Process::CloseInput() {
  if (input_ >= 0) close(static_cast<int>(input_));
  input_ = -1;
}

bool Process::Fill() {
  char piece[4096];
  const ssize_t size = read(static_cast<int>(output_), piece, sizeof piece);
  if (size < 0 && errno == EINTR) return true;
  if (size <= 0) return false;
  buffer_.append(piece, static_cast<std::size_t>(size));
  return true;
}

std::string Process::ReadLine() {
  std::size_t end = buffer_.find('\n');
  while (end == std::string::npos && Fill()) end = buffer_.find('\n');
  if (end == std::string::npos) end = buffer_.size();
  std::string line = buffer_.substr(0, end);
  buffer_.erase(0, end + 1);
  return line;
}

std::string Process::ReadAll() {
  while (Fill()) continue;
  std::string all;
  all.swap(buffer_);
  return all;
}

void Process::Signal(int signal) const {
  if (id_ <= 0) return;
  kill(id_, signal);
  siginfo_t now;
  if (signal == SIGSTOP) waitid(P_PID, static_cast<id_t>(id_), &now, WSTOPPED | WEXITED | WNOWAIT);
}

void Process::Kill() const { Signal(SIGKILL); }

int Process::Wait() {
  if (id_ <= 0) return exit_;
  int status = 0;
  while (waitpid(id_, &status, 0) < 0 && errno == EINTR) continue;
  id_ = -1;
  exit_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  return exit_;
}

int RunProcess(const std::vector<std::string>& arguments, const Environment& added,
               std::string* output) {
  Process process(arguments, added, output != nullptr);
  process.CloseInput();
  const std::string all = process.ReadAll();
  if (output != nullptr) *output = all;
  return process.Wait();
}

std::string Binary(const std::string& name) {
  return std::string(EMBEDDABLES_BIN_DIR) + "/" + name;
}

std::string SourceFile(const std::string& name) {
  return std::string(EMBEDDABLES_SOURCE_DIR) + "/" + name;
}

}  // namespace embeddables::test
