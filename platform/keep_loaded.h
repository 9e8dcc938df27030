// Keeps a library in the process.

#ifndef EMBEDDABLES_PLATFORM_KEEP_LOADED_H_
#define EMBEDDABLES_PLATFORM_KEEP_LOADED_H_

namespace embeddables {

// The library that `code` is in stays loaded until the process ends: for one whose threads nobody
// can wait for.
void KeepLoaded(const void* code);

// Is `code` in the library that has the agent, which must stay unloadable as long as it can?
bool IsInThisLibrary(const void* code);

}  // namespace embeddables

#endif  // EMBEDDABLES_PLATFORM_KEEP_LOADED_H_
