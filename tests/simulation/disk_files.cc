#include "tests/simulation/disk_files.h"

#include <algorithm>
#include <limits>
#include <memory>

namespace embeddables::test {

bool SimFiles::Call(DiskOp op, DiskFile file, bool changes, std::string* error) const {
  const DiskFault fault = disk_->Call(op, file, changes);
  if (fault == DiskFault::kNone) return true;
  if (error != nullptr) *error = Name(fault);
  return false;
}

bool SimFiles::MakeParentDirectory(const std::string&, std::string* error) const {
  return Call(DiskOp::kMake, DiskFile::kFolder, false, error);
}

bool SimFiles::MakePrivateFile(const std::string& file, std::string* error) const {
  const bool makes = !disk_->Has(file);
  if (!Call(DiskOp::kMake, KindOf(file), makes, error)) return false;
  if (makes) disk_->Make(file);
  return true;
}

// The mode of each file is right, where it can be looked at.
Privacy SimFiles::KeepOthersOut(const std::string& file) const {
  return Call(DiskOp::kSpace, KindOf(file), false) ? Privacy::kWas : Privacy::kOpen;
}

Presence SimFiles::Find(const std::string& path, FileFacts* facts) const {
  if (!Call(DiskOp::kFind, KindOf(path), false)) return Presence::kUnknown;
  const auto node = disk_->Find(path);
  if (node == nullptr) return Presence::kMissing;
  facts->id.device = 1;
  facts->id.number = node->number;
  facts->size = node->bytes.size();
  return Presence::kThere;
}

bool SimFiles::List(const std::string& prefix, std::vector<std::string>* found) const {
  if (!Call(DiskOp::kList, DiskFile::kFolder, false)) return false;
  for (const std::string& name : disk_->Files()) {
    if (name.compare(0, prefix.size(), prefix) == 0) found->push_back(name);
  }
  return true;
}

bool SimFiles::Rename(const std::string& from, const std::string& to, std::string* error) const {
  if (!Call(DiskOp::kRename, KindOf(from), true, error)) return false;
  if (disk_->Rename(from, to)) return true;
  *error = "no such file";
  return false;
}

bool SimFiles::Remove(const std::string& path) const {
  if (!Call(DiskOp::kDelete, KindOf(path), true)) return false;
  disk_->Remove(path, true);
  return true;
}

bool SimFiles::Reserve(const std::string& file, std::uint64_t bytes, const std::string&) const {
  const bool there = disk_->Has(file);
  const std::uint64_t grows = SimDisk::Growth(there ? disk_->Find(file)->bytes.size() : 0, bytes);
  if (disk_->Call(DiskOp::kMake, KindOf(file), true, grows) != DiskFault::kNone) return false;
  const auto node = there ? disk_->Find(file) : disk_->Make(file);
  if (node->bytes.size() < bytes) disk_->TruncateTo(node.get(), bytes);
  return true;
}

bool SimFiles::BeginsWith(const std::string& path, const std::string& bytes) const {
  if (!Call(DiskOp::kRead, KindOf(path), false)) return false;
  const auto node = disk_->Find(path);
  return node != nullptr && node->bytes.compare(0, bytes.size(), bytes) == 0;
}

bool SimFiles::OverwriteStart(const std::string& path, const std::string& bytes) const {
  const auto node = disk_->Find(path);
  const DiskFault fault = disk_->Call(DiskOp::kWrite, KindOf(path), true);
  const bool half = fault == DiskFault::kShortWrite;
  if (node == nullptr || (fault != DiskFault::kNone && !half)) return false;
  disk_->WriteTo(node.get(), 0, bytes.data(), half ? bytes.size() / 2 : bytes.size());
  return !half;
}

std::uint64_t SimFiles::FreeBytes(const std::string&) const {
  // What cannot be told is taken for endless.
  const bool told = Call(DiskOp::kSpace, DiskFile::kFolder, false);
  return told ? disk_->free() : std::numeric_limits<std::uint64_t>::max();
}

bool SimFiles::IsNetworkFileSystem(const std::string&) const {
  Call(DiskOp::kSpace, DiskFile::kFolder, false);
  return false;
}

}  // namespace embeddables::test
