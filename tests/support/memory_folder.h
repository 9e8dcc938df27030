// Where the agents of this test program make their memory that outlives them.

#ifndef EMBEDDABLES_TESTS_SUPPORT_MEMORY_FOLDER_H_
#define EMBEDDABLES_TESTS_SUPPORT_MEMORY_FOLDER_H_

#include <string>
#include <vector>

#include "platform/shared_memory.h"

namespace embeddables::test {

// Empty: nowhere.
inline std::string MemoryFolder() {
  const std::string own = MemoryFolderOfEnvironment();
  if (!own.empty() && MakeMemoryFolder(own)) return own;
  for (const std::string& folder : MemoryFoldersOf(ThisUser())) {
    if (MakeMemoryFolder(folder)) return folder;
  }
  return std::string();
}

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_SUPPORT_MEMORY_FOLDER_H_
