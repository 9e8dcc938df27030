// Keeps another library in the process.

#ifndef EMBEDDABLES_PLATFORM_KEEP_LOADED_H_
#define EMBEDDABLES_PLATFORM_KEEP_LOADED_H_

namespace embeddables {

// The library that `code` is in stays loaded until the process ends: for one whose threads nobody
// can wait for. Does nothing if this code is in the same library, which must stay unloadable.
void KeepLoaded(const void* code);

}  // namespace embeddables

#endif  // EMBEDDABLES_PLATFORM_KEEP_LOADED_H_
