// The simulated disk as the store's own file work sees it.

#ifndef EMBEDDABLES_TESTS_SIMULATION_DISK_FILES_H_
#define EMBEDDABLES_TESTS_SIMULATION_DISK_FILES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "platform/files.h"
#include "tests/simulation/disk.h"

namespace embeddables::test {

class SimFiles final : public FileSystem {
 public:
  explicit SimFiles(SimDisk* disk) : disk_(disk) {}

  bool MakeParentDirectory(const std::string& file, std::string* error) const override;
  bool MakePrivateFile(const std::string& file, std::string* error) const override;
  Privacy KeepOthersOut(const std::string& file) const override;
  Presence Find(const std::string& path, FileFacts* facts) const override;
  bool List(const std::string& prefix, std::vector<std::string>* found) const override;
  bool Rename(const std::string& from, const std::string& to, std::string* error) const override;
  bool Remove(const std::string& path) const override;
  bool Reserve(const std::string& file, std::uint64_t bytes,
               const std::string& like) const override;
  bool BeginsWith(const std::string& path, const std::string& bytes) const override;
  bool OverwriteStart(const std::string& path, const std::string& bytes) const override;
  std::uint64_t FreeBytes(const std::string& path) const override;
  bool IsNetworkFileSystem(const std::string& path) const override;

 private:
  // False: it fails, or the process is dead.
  bool Call(DiskOp op, DiskFile file, bool changes, std::string* error = nullptr) const;

  SimDisk* disk_;
};

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_SIMULATION_DISK_FILES_H_
