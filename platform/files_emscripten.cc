#include <cstdint>
#include <string>

#include "platform/path_files.h"

namespace embeddables {
namespace {

// The files are in the page's memory, and its host takes out as bytes what is to outlive the page.
// So nothing here is made durable, and a reserve would only take memory from the page.
class WebFiles final : public PathFiles {
 public:
  bool Rename(const std::string& from, const std::string& to, std::string* error) const override {
    return RenameFile(from, to, error);
  }
  bool Remove(const std::string& path) const override { return RemoveFile(path); }
  bool Reserve(const std::string&, std::uint64_t, const std::string&) const override {
    return false;
  }
};

}  // namespace

const FileSystem& SystemFiles() {
  static constexpr WebFiles files{};
  return files;
}

}  // namespace embeddables
