// SQLite's write-ahead log as a file (sqlite.org/walformat.html), for what SQLite does not say: on
// opening it takes the frames up to the first whose checksum is wrong, and forgets the committed
// ones behind it. Behind a power cut there are none; behind damage there are.

#ifndef EMBEDDABLES_AGENT_LOG_FILE_H_
#define EMBEDDABLES_AGENT_LOG_FILE_H_

#include <string>

namespace embeddables {

// Are there committed frames of this log behind one that SQLite would stop at? An I/O error is no
// damage.
bool LogIsDamaged(const std::string& path);

// Gives each frame of the log the checksum that it needs to be read, whatever is in it. For a log
// that has been set aside, and is read as something damaged.
bool MakeLogReadable(const std::string& path);

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_LOG_FILE_H_
