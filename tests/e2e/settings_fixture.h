// The command line, and files that it takes its settings from.

#ifndef EMBEDDABLES_TESTS_E2E_SETTINGS_FIXTURE_H_
#define EMBEDDABLES_TESTS_E2E_SETTINGS_FIXTURE_H_

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/support/command_line.h"

namespace embeddables::test {

class CommandLineSettings : public CommandLineTest {
 protected:
  CommandLineSettings() {
    std::filesystem::create_directories(directory_ / "config/embeddables");
    environment_["XDG_CONFIG_HOME"] = environment_["APPDATA"] = directory_ / "config";
  }

  std::string WriteFile(const std::string& name, const std::string& text, unsigned mode = 0600) {
    const std::string path = directory_ / name;
    std::ofstream(path, std::ios::binary) << text;
    std::filesystem::permissions(path, std::filesystem::perms(mode));
    return path;
  }
  // Returns its name as the command line says it.
  std::string WriteConfig(const std::string& text) {
    WriteFile("config/embeddables/agent.conf", text);
    const auto within = std::filesystem::path("/embeddables/agent.conf").make_preferred();
    return directory_ / "config" + within.string();
  }
  bool Exists(const std::string& name) const { return std::filesystem::exists(directory_ / name); }
  // Which of the stores a, b, c gets an event.
  std::string Store(std::vector<std::string> options = {}) {
    options.insert(options.begin(), {"track", "door", "--no-flush"});
    if (Run(options) != 0) return output_;
    std::string found;
    for (const std::string name : {"a.db", "b.db", "c.db"}) {
      if (!Exists(name)) continue;
      found += name[0];
      std::filesystem::remove(directory_ / name);
    }
    return found;
  }
};

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_E2E_SETTINGS_FIXTURE_H_
