#include <cstdint>
#include <string>
#include <vector>

#include "platform/files.h"

namespace embeddables {
namespace {

// The files are in the page's memory, and its host takes out as bytes what is to outlive the page.
// So nothing here is made durable, and a reserve would only take memory from the page.
class WebFiles final : public FileSystem {
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
  bool Rename(const std::string& from, const std::string& to, std::string* error) const override {
    return RenameFile(from, to, error);
  }
  bool Remove(const std::string& path) const override { return RemoveFile(path); }
  bool Reserve(const std::string&, std::uint64_t, const std::string&) const override {
    return false;
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
};

}  // namespace

const FileSystem& SystemFiles() {
  static constexpr WebFiles files{};
  return files;
}

}  // namespace embeddables
