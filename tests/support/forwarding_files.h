// The system's files, for a test that has one of the calls do something else.

#ifndef EMBEDDABLES_TESTS_SUPPORT_FORWARDING_FILES_H_
#define EMBEDDABLES_TESTS_SUPPORT_FORWARDING_FILES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "platform/files.h"
#include "platform/paths.h"

namespace embeddables::test {

class ForwardingFiles : public FileSystem {
 public:
  bool MakePrivateFile(const std::string& file, std::string* error) const override {
    return real_.MakePrivateFile(file, error);
  }
  bool MakeParentDirectory(const std::string& file, std::string* error) const override {
    return real_.MakeParentDirectory(file, error);
  }
  Privacy KeepOthersOut(const std::string& file) const override {
    return real_.KeepOthersOut(file);
  }
  Presence Find(const std::string& path, FileFacts* facts) const override {
    return real_.Find(path, facts);
  }
  bool List(const std::string& prefix, std::vector<std::string>* found) const override {
    return real_.List(prefix, found);
  }
  bool Rename(const std::string& from, const std::string& to, std::string* error) const override {
    return real_.Rename(from, to, error);
  }
  bool Remove(const std::string& path) const override { return real_.Remove(path); }
  bool Reserve(const std::string& file, std::uint64_t bytes,
               const std::string& like) const override {
    return real_.Reserve(file, bytes, like);
  }
  bool BeginsWith(const std::string& path, const std::string& bytes) const override {
    return real_.BeginsWith(path, bytes);
  }
  bool OverwriteStart(const std::string& path, const std::string& bytes) const override {
    return real_.OverwriteStart(path, bytes);
  }
  std::uint64_t FreeBytes(const std::string& path) const override { return real_.FreeBytes(path); }
  bool IsNetworkFileSystem(const std::string& path) const override {
    return real_.IsNetworkFileSystem(path);
  }

 protected:
  ~ForwardingFiles() = default;

 private:
  const FileSystem& real_ = SystemFiles();
};

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_SUPPORT_FORWARDING_FILES_H_
