// Files as other libraries (SQLite) name them, and the errors of the system that they pass on.

#ifndef EMBEDDABLES_PLATFORM_OTHER_LIBRARIES_H_
#define EMBEDDABLES_PLATFORM_OTHER_LIBRARIES_H_

#include <string>

namespace embeddables {

// The path of a file as they take it, in UTF-8: on Windows in the form that may have any length. A
// path that is not absolute stays as it is.
std::string PathForLibraries(const std::string& path);

// Has another program the file open for itself alone, so that nobody else can open it? A virus
// scanner on Windows may, for some seconds; other systems have no such thing.
bool IsHeldAlone(const std::string& path);
// Does this error say so?
bool MeansInUse(int system_error);

// The system's words for its error.
std::string WordsOf(int system_error);

}  // namespace embeddables

#endif  // EMBEDDABLES_PLATFORM_OTHER_LIBRARIES_H_
