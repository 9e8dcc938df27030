// Helpers for the files of this folder that POSIX systems share: descriptors, private files, locks
// and the system's words. Those that NAME_SYSTEM.cc defines are said to differ by system.

#ifndef EMBEDDABLES_PLATFORM_PRIVATE_FILE_POSIX_H_
#define EMBEDDABLES_PLATFORM_PRIVATE_FILE_POSIX_H_

#include <errno.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "platform/handle.h"
#include "platform/other_libraries.h"
#include "platform/paths.h"

namespace embeddables {

inline std::string SystemError(int error) { return WordsOf(error); }
inline std::string SystemError() { return SystemError(errno); }

// Moves a descriptor to a number above 2: a host may close its standard streams and still write to
// them. -1 with errno: there is none.
int KeepOffStreams(int descriptor);

inline FileId IdOf(const struct stat& facts) {
  return {static_cast<std::uint64_t>(facts.st_dev), static_cast<std::uint64_t>(facts.st_ino)};
}

inline int DescriptorOf(const Handle& handle) { return static_cast<int>(handle.native()); }

// Any thread. A descriptor between these two is closed in a forked child.
void CloseInForkedChild(int descriptor);
void KeepInForkedChild(int descriptor);
// Is it between the two, and still the same file?
bool ClosesInForkedChild(int descriptor);
// Closes it, if it is not none, and makes it none.
void Drop(Handle* handle);

// As socket(2), and no program that is started keeps it; with `waits` false no call on it waits.
// Differs by system.
int NewSocket(int family, int type, int protocol, bool waits);

// A lock on a whole file that belongs to the open file and not to the process: it also works
// between two agents of one process, and does not vanish when another descriptor of the file is
// closed. A forked child shares it, so the descriptor is closed there. Both differ by system.
bool LockFile(int descriptor);  // never waits; false, with errno: EAGAIN if somebody else has it
// Does somebody else have a lock on the file, so that an exclusive one would not be given?
bool IsLocked(int descriptor);

// Makes what was changed in an open file or folder survive a power cut. Differs by system.
void SyncFile(int descriptor);
// Takes so many bytes of the disk for a file. 0, or why not; EOPNOTSUPP: the file system cannot be
// asked. Differs by system.
int TakeBlocks(int descriptor, std::size_t bytes);

// The folder of the program's user: the environment's word, else HomeOf. Empty: nobody knows.
std::string HomeDirectory();
// The folder of a user, as the system has it.
std::string HomeOf(uid_t user);

// A regular file that is there, or is made 0600; see MakePrivateFile. -1: why, and what to do.
int OpenPrivateFile(const std::string& path, const std::string& beside, std::string* error);

// Gives a file to its user, so that root's work on a user's store leaves nothing that the user
// cannot open. It works on a descriptor, because the user may replace the file of a name. Differs
// by system.
void GiveToOwnerOf(const std::string& beside, int file);

}  // namespace embeddables

#endif  // EMBEDDABLES_PLATFORM_PRIVATE_FILE_POSIX_H_
