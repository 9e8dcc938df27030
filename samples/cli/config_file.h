// The configuration file: KEY = VALUE with the names of the options, in CLI11's format (TOML, or
// INI with '#' before comments).

#ifndef EMBEDDABLES_SAMPLES_CLI_CONFIG_FILE_H_
#define EMBEDDABLES_SAMPLES_CLI_CONFIG_FILE_H_

#include <string>
#include <vector>

namespace cli {

struct FileEntry {
  std::string key;
  std::vector<std::string> values;
  std::string file;
  int bare_line = 0;  // where the key stands without '=', as a flag may; 0: nowhere
};

// Reads `only`, which must be there or, if it is empty, the machine's file and the user's:
// /etc/embeddables/agent.conf, and embeddables/agent.conf in $XDG_CONFIG_HOME or ~/.config. Returns
// what is wrong, or nothing.
std::string ReadConfigFiles(const std::string& only, std::vector<FileEntry>* entries);

// The last file wins; null if there is none.
const FileEntry* FindEntry(const std::vector<FileEntry>& entries, const std::string& key);

}  // namespace cli

#endif  // EMBEDDABLES_SAMPLES_CLI_CONFIG_FILE_H_
