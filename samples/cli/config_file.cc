#include "samples/cli/config_file.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "samples/cli/system.h"

namespace cli {
namespace {

// CLI11 takes a '#' within quotes for a comment's beginning.
bool IsCut(const CLI::ConfigItem& item) {
  for (const std::string& value : item.inputs) {
    if (!value.empty() && value.front() == '"' && (value.size() == 1 || value.back() != '"')) {
      return true;
    }
  }
  return false;
}

std::string CheckItem(const CLI::ConfigItem& item) {
  if (!item.parents.empty())
    return "has no sections; write \"" + item.name + "\" above the first [";
  if (item.name == "api-key") {
    return "api-key: the key does not belong here; write it into a file that only its user can "
           "read, and name that: key-file = /path/to/key";
  }
  if (item.name == "config" || item.name == "help") return item.name + " is for the command line";
  if (IsCut(item)) return item.name + ": a value cannot hold '#', which begins a comment";
  return {};
}

// What a key has in two places of a file is together what it has.
void Add(const CLI::ConfigItem& item, const std::string& path, std::vector<FileEntry>* entries) {
  for (FileEntry& entry : *entries) {
    if (entry.key != item.name || entry.file != path) continue;
    entry.values.insert(entry.values.end(), item.inputs.begin(), item.inputs.end());
    return;
  }
  entries->push_back({item.name, item.inputs, path});
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
  if (text.str().compare(0, 3, kByteOrderMark) == 0) text.ignore(3);
  for (const CLI::ConfigItem& item : CLI::ConfigTOML().from_config(text)) {
    if (item.name == "--" || item.name == "++") continue;
    const std::string wrong = CheckItem(item);
    if (!wrong.empty()) return std::string("the configuration file ").append(path) + ": " + wrong;
    Add(item, path, entries);
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
