// Folders with all that is in them, to find that somebody who looked has changed nothing.

#ifndef EMBEDDABLES_TESTS_SUPPORT_INSPECTING_H_
#define EMBEDDABLES_TESTS_SUPPORT_INSPECTING_H_

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "platform/paths.h"
#include "platform/shared_memory.h"

namespace embeddables::test {

struct TreeEntry {
  std::int64_t changed = 0;
  UserId owner = 0;
  std::filesystem::perms mode = std::filesystem::perms::none;
  std::string bytes;
};
using Tree = std::map<std::string, TreeEntry>;  // by path

inline std::string ReadAtOnce(const std::string& path) {
  std::string bytes(static_cast<std::size_t>(FileSize(path)), '\0');
  std::ifstream(path, std::ios::binary)
      .read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return bytes;
}

inline TreeEntry FactsOf(const std::string& path, bool is_file) {
  TreeEntry facts;
  facts.changed = ModifiedNs(path);
  facts.owner = OwnerOf(path);
  facts.mode = std::filesystem::symlink_status(std::filesystem::u8path(path)).permissions();
  if (is_file) facts.bytes = ReadAtOnce(path);
  return facts;
}

inline Tree TreeOf(const std::vector<std::string>& folders) {
  Tree tree;
  for (const std::string& folder : folders) {
    tree[folder] = FactsOf(folder, false);
    for (const auto& each : std::filesystem::recursive_directory_iterator(folder)) {
      const std::string path = each.path().u8string();
      tree[path] = FactsOf(path, each.is_regular_file());
    }
  }
  return tree;
}

inline void ExpectSame(const Tree& before, const Tree& after) {
  for (const auto& [path, facts] : before) {
    const auto found = after.find(path);
    ASSERT_NE(found, after.end()) << path << " is gone";
    EXPECT_EQ(found->second.changed, facts.changed) << path << " has another time";
    EXPECT_EQ(found->second.owner, facts.owner) << path << " has another owner";
    EXPECT_EQ(found->second.mode, facts.mode) << path << " has another mode";
    EXPECT_TRUE(found->second.bytes == facts.bytes) << path << " has other bytes";
  }
  for (const auto& each : after) EXPECT_EQ(before.count(each.first), 1u) << each.first << " is new";
}

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_SUPPORT_INSPECTING_H_
