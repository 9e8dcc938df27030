// What the Linux files of this folder share: descriptors, private files, and the system's words.

#ifndef EMBEDDABLES_PLATFORM_PRIVATE_FILE_LINUX_H_
#define EMBEDDABLES_PLATFORM_PRIVATE_FILE_LINUX_H_

#include <string>

namespace embeddables {

// Of errno.
std::string SystemError();

// The same under a number above 2, whatever happens to be free: a host may close its standard
// streams and still write to them. -1 with errno: there is none.
int KeepOffStreams(int descriptor);

// A regular file that is there, or is made 0600; see MakePrivateFile. -1: why, and what to do.
int OpenPrivateFile(const std::string& path, const std::string& beside, std::string* error);

// Root's work on a user's store leaves nothing behind that the user cannot open. By descriptor: the
// user may put another file in the place of a name.
void GiveToOwnerOf(const std::string& beside, int file);

}  // namespace embeddables

#endif  // EMBEDDABLES_PLATFORM_PRIVATE_FILE_LINUX_H_
