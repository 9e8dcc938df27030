// The options of one command. Each is given as an option, by an environment variable or in a
// configuration file; the first of these that has it wins. Whatever is wrong with a value is said
// with the name of what gave it.

#ifndef EMBEDDABLES_SAMPLES_CLI_OPTION_SET_H_
#define EMBEDDABLES_SAMPLES_CLI_OPTION_SET_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "samples/cli/config_file.h"
#include "samples/cli/values.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace cli {

// By what a value was given; a later one wins.
enum class Given { kNowhere, kFile, kVariable, kOption };

class OptionSet {
 public:
  // Reads one value. Returns what is wrong with it, or nothing.
  using Take = std::function<std::string(const std::string& value)>;

  OptionSet(const std::string& command, const std::string& what, const std::string& footer);
  ~OptionSet();
  OptionSet(const OptionSet&) = delete;
  OptionSet& operator=(const OptionSet&) = delete;

  // --- Each is at first a setting, with a variable: EMBEDDABLES_MAX_AGE for --max-age.
  OptionSet& Add(const std::string& option, const char* type, const std::string& what, Take take);
  OptionSet& Flag(const std::string& option, bool* value, const std::string& what);
  OptionSet& Text(const std::string& option, std::string* value, const std::string& what);
  // The name of a file: completion offers files.
  OptionSet& File(const std::string& option, std::string* value, const std::string& what);
  // May be given several times.
  OptionSet& List(const std::string& option, const char* type, std::vector<std::string>* values,
                  const std::string& what);
  // *value may also be a std::optional.
  template <class T>
  OptionSet& Number(const std::string& option, T* value, const std::string& what) {
    return Add(option, "NUMBER", what,
               [value](const std::string& text) { return ReadWhole(text, value); });
  }
  template <class Duration>
  OptionSet& Seconds(const std::string& option, Duration* value, const std::string& what) {
    return Add(option, "SECONDS", what,
               [value](const std::string& text) { return ReadSeconds(text, value); });
  }

  // --- For the one that was added last: it has no variable, for it concerns one call; its variable
  // has another name; it may be given several times; what holds without it.
  OptionSet& NoVariable();
  OptionSet& Variable(const std::string& name);
  OptionSet& Many();
  OptionSet& Preset(const std::string& text);

  // What stands without a name, at most `most` of them. `type`: what it may be, as "ONE|OTHER".
  void Positional(const std::string& name, std::vector<std::string>* values, std::size_t most,
                  const std::string& what, const char* type = "");

  // Reads the arguments, without the command's name. False: *exit is set, and all is said.
  // After "--" there are no options.
  bool Parse(const std::vector<std::string>& all, int* exit);
  // Then the environment and the files, and takes all values. Returns what is wrong, or nothing.
  // `known`: the names of all commands' options.
  std::string Resolve(const std::vector<FileEntry>& entries,
                      const std::function<std::vector<std::string>()>& known);

  Given HowGiven(const std::string& option) const;
  // "--max-age", "EMBEDDABLES_MAX_AGE" or "max-age in FILE": what gave it, or the option itself.
  std::string Source(const std::string& option) const;
  // The option or, without one, the variable.
  std::string GivenText(const std::string& option) const;
  std::vector<std::string> Names() const;
  // All that --help prints, for the manual and for completion.
  const CLI::App& Described();
  // Of an option: is the argument after it its value?
  bool TakesValue(const std::string& option) const;

 private:
  struct Entry;

  void Register(Entry* entry);
  void RegisterAllIn(const std::vector<std::string>& arguments);
  const Entry* Find(const std::string& option) const;
  std::string TakeAll(Entry* entry, const std::vector<std::string>& values);
  std::string CheckFile(const std::vector<FileEntry>& entries,
                        const std::function<std::vector<std::string>()>& known) const;
  bool TakePositionals(const std::vector<std::string>& more, int* exit);
  bool Refuse(const std::string& why, int* exit) const;

  const std::string command_;
  std::unique_ptr<CLI::App> app_;
  std::vector<std::unique_ptr<Entry>> entries_;
  CLI::Option* positional_ = nullptr;
  std::vector<std::string>* positionals_ = nullptr;
  std::size_t most_positionals_ = 0;
};

}  // namespace cli

#endif  // EMBEDDABLES_SAMPLES_CLI_OPTION_SET_H_
