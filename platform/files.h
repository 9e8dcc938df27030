// The store's own file operations, besides SQLite's, behind one interface, so that a simulated disk
// can be under all of them.

#ifndef EMBEDDABLES_PLATFORM_FILES_H_
#define EMBEDDABLES_PLATFORM_FILES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "platform/paths.h"

namespace embeddables {

struct FileFacts {
  FileId id;
  std::uint64_t size = 0;
};

class FileSystem {
 public:
  // Makes the folder of `file`, and those above it, 0700 if they are missing.
  virtual bool MakeParentDirectory(const std::string& file, std::string* error) const = 0;
  // Makes `file` empty and 0600 if it is missing; an existing one is left as it is. Does not follow
  // a symbolic link at its end.
  virtual bool MakePrivateFile(const std::string& file, std::string* error) const = 0;

  virtual Privacy KeepOthersOut(const std::string& file) const = 0;

  // *facts is set if the file is there. A symbolic link counts as itself.
  virtual Presence Find(const std::string& path, FileFacts* facts) const = 0;
  // Lists the paths that begin with `prefix` of all files in the folder of `prefix`. False: the
  // system does not say.
  virtual bool List(const std::string& prefix, std::vector<std::string>* found) const = 0;

  // Renames within one folder; a power cut does not undo it. False, with the system's words in
  // *error: nothing was renamed.
  virtual bool Rename(const std::string& from, const std::string& to, std::string* error) const = 0;
  // Returns true if the file is gone or was not there; a power cut does not bring it back.
  virtual bool Remove(const std::string& path) const = 0;

  // Reserves so many bytes of the disk in `file`, which is made if it is missing: 0600, with
  // `like`'s owner, and with blocks of its own, so that removing it makes room. False: there is
  // less room, or the file is not ours; a file that was made is gone again.
  virtual bool Reserve(const std::string& file, std::uint64_t bytes,
                       const std::string& like) const = 0;

  virtual bool BeginsWith(const std::string& path, const std::string& bytes) const = 0;
  virtual bool OverwriteStart(const std::string& path, const std::string& bytes) const = 0;

  // Bytes that this user may still write to the file system holding `path`; max if unknown.
  virtual std::uint64_t FreeBytes(const std::string& path) const = 0;
  virtual bool IsNetworkFileSystem(const std::string& path) const = 0;

  // Returns 0 if the file is missing or the system does not say: only for uses where that does no
  // harm.
  std::uint64_t Size(const std::string& path) const {
    FileFacts facts;
    return Find(path, &facts) == Presence::kThere ? facts.size : 0;
  }

 protected:
  ~FileSystem() = default;
};

// The system's own files.
const FileSystem& SystemFiles();

}  // namespace embeddables

#endif  // EMBEDDABLES_PLATFORM_FILES_H_
