// Helpers for the Linux files of this folder: descriptors, private files, and the system's words.

#ifndef EMBEDDABLES_PLATFORM_PRIVATE_FILE_LINUX_H_
#define EMBEDDABLES_PLATFORM_PRIVATE_FILE_LINUX_H_

#include <string>

#include "platform/handle.h"

namespace embeddables {

// The system's words for an error.
std::string SystemError(int error);
// For errno.
std::string SystemError();

// Moves a descriptor to a number above 2: a host may close its standard streams and still write to
// them. -1 with errno: there is none.
int KeepOffStreams(int descriptor);

inline int DescriptorOf(const Handle& handle) { return static_cast<int>(handle.native()); }

// Any thread. A descriptor between these two is closed in a forked child.
void CloseInForkedChild(int descriptor);
void KeepInForkedChild(int descriptor);
// Is it between the two, and still the same file?
bool ClosesInForkedChild(int descriptor);
// Closes it, if it is not none, and makes it none.
void Drop(Handle* handle);

// Does somebody else have a lock on the file, so that an exclusive one would not be given?
bool IsLocked(int descriptor);

// A regular file that is there, or is made 0600; see MakePrivateFile. -1: why, and what to do.
int OpenPrivateFile(const std::string& path, const std::string& beside, std::string* error);

// Gives a file to its user, so that root's work on a user's store leaves nothing that the user
// cannot open. It works on a descriptor, because the user may replace the file of a name.
void GiveToOwnerOf(const std::string& beside, int file);

}  // namespace embeddables

#endif  // EMBEDDABLES_PLATFORM_PRIVATE_FILE_LINUX_H_
