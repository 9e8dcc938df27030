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
#include <utility>
#include <vector>

#include "platform/paths.h"

namespace embeddables::test {

// By path: when it was changed, and its bytes.
using Tree = std::map<std::string, std::pair<std::int64_t, std::string>>;

inline std::string ReadAtOnce(const std::string& path) {
  std::string bytes(static_cast<std::size_t>(FileSize(path)), '\0');
  std::ifstream(path, std::ios::binary)
      .read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return bytes;
}

inline Tree TreeOf(const std::vector<std::string>& folders) {
  Tree tree;
  for (const std::string& folder : folders) {
    tree[folder] = {ModifiedNs(folder), ""};
    for (const auto& each : std::filesystem::recursive_directory_iterator(folder)) {
      const std::string path = each.path().u8string();
      tree[path] = {ModifiedNs(path), each.is_regular_file() ? ReadAtOnce(path) : ""};
    }
  }
  return tree;
}

inline void ExpectSame(const Tree& before, const Tree& after) {
  for (const auto& [path, facts] : before) {
    const auto found = after.find(path);
    ASSERT_NE(found, after.end()) << path << " is gone";
    EXPECT_EQ(found->second.first, facts.first) << path << " has another time";
    EXPECT_TRUE(found->second.second == facts.second) << path << " has other bytes";
  }
  for (const auto& each : after) EXPECT_EQ(before.count(each.first), 1u) << each.first << " is new";
}

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_SUPPORT_INSPECTING_H_
