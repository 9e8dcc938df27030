#include <string>

#include "platform/name_watch.h"

namespace embeddables {

bool NameWatch::Watch(const std::string&) { return false; }
void NameWatch::Close() {}
bool NameWatch::Clear() { return false; }

}  // namespace embeddables
