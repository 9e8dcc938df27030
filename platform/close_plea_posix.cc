#include "platform/close_plea.h"

namespace embeddables {

// An open file can be renamed, so that nobody has to be asked.
bool ClosePlea::Listen(const FileId&) { return false; }
void ClosePlea::Close() {}
bool ClosePlea::heard() const { return false; }
void ClosePlea::Clear() {}
bool ClosePlea::Ask(const std::string&) { return false; }

}  // namespace embeddables
