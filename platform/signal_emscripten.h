// On the web a Waitable is the address of a flag.

#ifndef EMBEDDABLES_PLATFORM_SIGNAL_EMSCRIPTEN_H_
#define EMBEDDABLES_PLATFORM_SIGNAL_EMSCRIPTEN_H_

#include <atomic>

#include "platform/handle.h"

namespace embeddables {

inline std::atomic<bool>* FlagOf(const Waitable& waitable) {
  return reinterpret_cast<std::atomic<bool>*>(waitable.native());
}

}  // namespace embeddables

#endif  // EMBEDDABLES_PLATFORM_SIGNAL_EMSCRIPTEN_H_
