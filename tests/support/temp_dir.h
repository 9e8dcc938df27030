// A folder that ends with its test.

#ifndef EMBEDDABLES_TESTS_SUPPORT_TEMP_DIR_H_
#define EMBEDDABLES_TESTS_SUPPORT_TEMP_DIR_H_

#include <filesystem>
#include <random>
#include <string>
#include <system_error>

namespace embeddables::test {

class TempDir {
 public:
  TempDir() {
    namespace fs = std::filesystem;
    std::random_device random;
    fs::path folder;
    do {
      folder = fs::temp_directory_path() / ("embeddables-" + std::to_string(random()));
    } while (!fs::create_directory(folder));
    fs::permissions(folder, fs::perms::owner_all);
    path_ = folder.generic_u8string();
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(std::filesystem::u8path(path_), ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_SUPPORT_TEMP_DIR_H_
