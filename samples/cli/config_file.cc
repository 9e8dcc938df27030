#include "samples/cli/config_file.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>

#include "samples/cli/system.h"

namespace cli {
namespace {

// The number of the first line that is so, from 1; 0: there is none.
int FindLine(const std::string& text, const std::function<bool(const std::string&)>& is_so) {
  std::istringstream lines(text);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    if (is_so(line)) return number;
  }
  return 0;
}

// The line where the key stands without a value.
int FindBare(const std::string& text, const std::string& key) {
  return FindLine(text, [&](const std::string& line) {
    return CLI::detail::trim_copy(line.substr(0, line.find('#'))) == key;
  });
}

// The line where a quote of the key's value has no end.
int FindOpenQuote(const std::string& text, const std::string& key) {
  return FindLine(text, [&](const std::string& line) {
    return CLI::detail::trim_copy(line.substr(0, line.find('='))) == key &&
           std::count(line.begin(), line.end(), '"') % 2 != 0;
  });
}

// CLI11 takes a '#' within quotes for a comment's beginning.
bool IsCut(const CLI::ConfigItem& item) {
  for (const std::string& value : item.inputs) {
    if (!value.empty() && value.front() == '"' && (value.size() == 1 || value.back() != '"')) {
      return true;
    }
  }
  return false;
}

std::string CheckItem(const CLI::ConfigItem& item, const std::string& text) {
  if (!item.parents.empty())
    return "has no sections; write \"" + item.name + "\" above the first [";
  if (item.name == "api-key") {
    return "api-key: the key does not belong here; write it into a file that only its user can "
           "read, and name that: key-file = /path/to/key";
  }
  if (item.name == "config" || item.name == "help") return item.name + " is for the command line";
  if (!IsCut(item)) return {};
  const int open = FindOpenQuote(text, item.name);
  if (open > 0)
    return "line " + std::to_string(open) + ": " + item.name + ": the end quote is missing";
  return item.name + ": a value cannot hold '#', which begins a comment";
}

// What a key has in two places of a file is together what it has.
void Add(const CLI::ConfigItem& item, const std::string& path, const std::string& text,
         std::vector<FileEntry>* entries) {
  for (FileEntry& entry : *entries) {
    if (entry.key != item.name || entry.file != path) continue;
    entry.values.insert(entry.values.end(), item.inputs.begin(), item.inputs.end());
    return;
  }
  entries->push_back({item.name, item.inputs, path, FindBare(text, item.name)});
}

// A file that is not there is no mistake, unless it was named.
std::string ReadFile(const std::string& path, bool named, std::vector<FileEntry>* entries) {
  errno = 0;
  std::ifstream file(std::filesystem::u8path(path));
  std::stringstream text;
  if (file && file.peek() != std::ifstream::traits_type::eof()) text << file.rdbuf();
  if (!file.is_open() || file.bad() || errno == EISDIR) {
    const int error = errno;
    if (!named && (error == ENOENT || error == ENOTDIR)) return {};
    // NOLINTNEXTLINE(concurrency-mt-unsafe): before any thread is started
    return "the configuration file " + path + " cannot be read: " + std::strerror(error);
  }
  constexpr char kByteOrderMark[] = "\xEF\xBB\xBF";
  std::string all = text.str();
  if (all.compare(0, 3, kByteOrderMark) == 0) all.erase(0, 3);
  std::istringstream input(all);
  for (const CLI::ConfigItem& item : CLI::ConfigTOML().from_config(input)) {
    if (item.name == "--" || item.name == "++") continue;
    const std::string wrong = CheckItem(item, all);
    if (!wrong.empty()) return std::string("the configuration file ").append(path) + ": " + wrong;
    Add(item, path, all, entries);
  }
  return {};
}

}  // namespace

std::string ReadConfigFiles(const std::string& only, std::vector<FileEntry>* entries) {
  if (!only.empty()) return ReadFile(only, true, entries);
  const std::string machines = MachinesConfigFile(), users = UsersConfigFile();
  std::string wrong;
  if (!machines.empty()) wrong = ReadFile(machines, false, entries);
  if (wrong.empty() && !users.empty()) wrong = ReadFile(users, false, entries);
  return wrong;
}

const FileEntry* FindEntry(const std::vector<FileEntry>& entries, const std::string& key) {
  const FileEntry* found = nullptr;
  for (const FileEntry& entry : entries) {
    if (entry.key == key) found = &entry;
  }
  return found;
}

}  // namespace cli
