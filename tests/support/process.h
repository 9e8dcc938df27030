// A real process with its input and output in the test's hands.

#ifndef EMBEDDABLES_TESTS_SUPPORT_PROCESS_H_
#define EMBEDDABLES_TESTS_SUPPORT_PROCESS_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace embeddables::test {

using Environment = std::map<std::string, std::string>;

class Process {
 public:
  // Standard error joins the test's own unless `keep_errors`, which sends it to standard output.
  // `added` goes on top of the test's environment.
  explicit Process(const std::vector<std::string>& arguments, const Environment& added = {},
                   bool keep_errors = false);
  ~Process();  // SIGKILL, if it still runs
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  bool Write(const std::string& text);
  void CloseInput();
  // The next line of output, without its end; empty at the end of output.
  std::string ReadLine();
  std::string ReadAll();
  // Returns from SIGSTOP when it has stopped.
  void Signal(int signal) const;
  // Ends it at once, as SIGKILL and TerminateProcess do.
  void Kill() const;
  // The exit code, or minus the signal that ended it (9, if Kill did).
  int Wait();
  int id() const { return id_; }

 private:
  bool Fill();

  int id_ = -1;
  std::intptr_t input_ = -1, output_ = -1;
  [[maybe_unused]] std::intptr_t running_ = -1;  // where a process is more than a number
  int exit_ = 0;
  std::string buffer_;
};

// Runs to the end and returns its exit code, with its output in *output.
int RunProcess(const std::vector<std::string>& arguments, const Environment& added = {},
               std::string* output = nullptr);

// A program of this build; with an empty name, the folder of all.
std::string Binary(const std::string& name);
// A file of this repository, from its top.
std::string SourceFile(const std::string& name);

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_SUPPORT_PROCESS_H_
