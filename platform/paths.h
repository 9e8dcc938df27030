// Finds places and facts of the file system. Every system's paths have '/' between the folders
// here.

#ifndef EMBEDDABLES_PLATFORM_PATHS_H_
#define EMBEDDABLES_PLATFORM_PATHS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace embeddables {

// The folder where this user's programs keep state; empty if the system does not say.
std::string UserStateDirectory();

bool IsAbsolute(const std::string& path);
// Puts the current directory before a relative path. False, with the system's words in *error:
// there is none, because it was removed.
bool MakeAbsolute(std::string* path, std::string* error);

// Makes the folder of `file`, and those above it, 0700 if they are missing. (Windows has no modes:
// there a folder and what is made in it are this user's alone if this function makes it, or if it
// is below the user's profile; else the folder says who may read.) On failure returns false with
// the system's words in *error.
bool MakeParentDirectory(const std::string& file, std::string* error);

// Makes `file` empty and 0600 if it is missing; an existing one is left as it is. Does not follow a
// symbolic link at its end. A file that root makes belongs to the owner of `beside`, if that
// exists.
bool MakePrivateFile(const std::string& file, std::string* error, const std::string& beside = {});

// Removes the permissions of all but the owner from an existing file. Does not follow a symbolic
// link at its end.
enum class Privacy : std::uint8_t {
  kWas,   // nobody else had a permission, or there is no such file
  kMade,  // others had a permission
  kOpen,  // others have a permission, and the system does not let it be changed
};
Privacy KeepOthersOut(const std::string& file);

// Bytes that this user may still write to the file system holding `path`; max if unknown.
std::uint64_t FreeBytes(const std::string& path);

// Is a plain file at the path, or at the end of a symbolic link there? A device or a pipe is none:
// to open one may wait for ever.
bool IsPlainFile(const std::string& path);

// When the file's content was last changed, in nanoseconds of the system's clock; 0 if unknown.
std::int64_t ModifiedNs(const std::string& path);

// Could the owner of an existing file or folder write to it, as its mode and its mount have it?
// True also if the system does not say.
bool IsWritable(const std::string& path);

// Does this error of the system say that the disk, or this user's share of it, is full?
bool MeansNoRoom(int system_error);

// Network file systems break SQLite's write-ahead log (its index is shared memory).
bool IsNetworkFileSystem(const std::string& path);

// Returns 0 if the file is missing.
std::uint64_t FileSize(const std::string& path);
bool BeginsWith(const std::string& path, const std::string& bytes);
bool OverwriteStart(const std::string& path, const std::string& bytes);

// Identifies a file as long as it exists, whatever its name.
struct FileId {
  std::uint64_t device = 0;
  std::uint64_t number = 0;
  bool operator==(const FileId& other) const {
    return device == other.device && number == other.number;
  }
};
enum class Presence : std::uint8_t {
  kThere,
  kMissing,
  kUnknown,  // the system does not say: no permission, an I/O error
};
// `id` and `size` are set if the file is there. A symbolic link counts as itself.
Presence FindFile(const std::string& path, FileId* id, std::uint64_t* size = nullptr);

// The folder where paths begin, which changes when the process changes its root (chroot).
FileId RootOfPaths();

// Two processes with the same value find the same file under an absolute path (Linux: mount
// namespace and root folder).
std::uint64_t NamespaceOfPaths();

// Renames within one folder. False, with the system's words in *error: nothing was renamed.
bool RenameFile(const std::string& from, const std::string& to, std::string* error);
// Returns true if the file is gone or was not there.
bool RemoveFile(const std::string& path);

// Lists the paths that begin with `prefix` of all files in the folder of `prefix`. False: the
// folder exists and cannot be read.
bool ListFiles(const std::string& prefix, std::vector<std::string>* found);
// The same; none if the folder cannot be read.
inline std::vector<std::string> FilesBeginningWith(const std::string& prefix) {
  std::vector<std::string> found;
  ListFiles(prefix, &found);
  return found;
}

}  // namespace embeddables

#endif  // EMBEDDABLES_PLATFORM_PATHS_H_
