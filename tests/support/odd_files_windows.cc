#include "tests/support/odd_files.h"

namespace embeddables::test {

// Who may make one is a matter of rights, and Wine has none.
bool MakeLink(const std::string&, const std::string&) { return false; }
bool MakeFifo(const std::string&) { return false; }

}  // namespace embeddables::test
