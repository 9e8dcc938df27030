// The part of FileSystem that each system answers by the functions of paths.h. Each system itself
// sees to what must be durable or takes room.

#ifndef EMBEDDABLES_PLATFORM_PATH_FILES_H_
#define EMBEDDABLES_PLATFORM_PATH_FILES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "platform/files.h"
#include "platform/paths.h"

namespace embeddables {

class PathFiles : public FileSystem {
 public:
  bool MakeParentDirectory(const std::string& file, std::string* error) const override {
    return embeddables::MakeParentDirectory(file, error);
  }
  bool MakePrivateFile(const std::string& file, std::string* error) const override {
    return embeddables::MakePrivateFile(file, error);
  }
  Privacy KeepOthersOut(const std::string& file) const override {
    return embeddables::KeepOthersOut(file);
  }
  Presence Find(const std::string& path, FileFacts* facts) const override {
    return FindFile(path, &facts->id, &facts->size);
  }
  bool List(const std::string& prefix, std::vector<std::string>* found) const override {
    return ListFiles(prefix, found);
  }
  bool BeginsWith(const std::string& path, const std::string& bytes) const override {
    return embeddables::BeginsWith(path, bytes);
  }
  bool OverwriteStart(const std::string& path, const std::string& bytes) const override {
    return embeddables::OverwriteStart(path, bytes);
  }
  std::uint64_t FreeBytes(const std::string& path) const override {
    return embeddables::FreeBytes(path);
  }
  bool IsNetworkFileSystem(const std::string& path) const override {
    return embeddables::IsNetworkFileSystem(path);
  }

 protected:
  ~PathFiles() = default;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_PLATFORM_PATH_FILES_H_
