// What has a file's name and is none.

#ifndef EMBEDDABLES_TESTS_SUPPORT_ODD_FILES_H_
#define EMBEDDABLES_TESTS_SUPPORT_ODD_FILES_H_

#include <string>

namespace embeddables::test {

// False: this system has no such thing.
bool MakeLink(const std::string& path, const std::string& target);
bool MakeFifo(const std::string& path);

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_SUPPORT_ODD_FILES_H_
