// A file and the name that it had when it was opened or made. Anybody may remove the name, or give
// it to another file, while this process goes on with the old one.

#ifndef EMBEDDABLES_PLATFORM_NAMED_FILE_H_
#define EMBEDDABLES_PLATFORM_NAMED_FILE_H_

#include <string>

#include "platform/paths.h"

namespace embeddables {

class NamedFile {
 public:
  NamedFile() = default;
  explicit NamedFile(const FileId& file) : file_(file), root_(RootOfPaths()) {}

  // Does `path` still lead to the file? True if the system does not say, and after a change of the
  // root: the path leads elsewhere then, though the file may still be in its place.
  bool StillAt(const std::string& path) const {
    FileId there;
    const Presence presence = FindFile(path, &there);
    if (presence == Presence::kUnknown) return true;
    return (presence == Presence::kThere && there == file_) || !(RootOfPaths() == root_);
  }

 private:
  FileId file_, root_;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_PLATFORM_NAMED_FILE_H_
