#include <string>

#include "platform/name_watch.h"

namespace embeddables {

// SQLite opens its files so that the system lets nobody rename or remove them meanwhile. Our own
// files can lose their names, and the worker looks for itself.
bool NameWatch::Watch(const std::string&) { return false; }
void NameWatch::Close() {}
bool NameWatch::Clear() { return false; }

}  // namespace embeddables
