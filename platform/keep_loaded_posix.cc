#include <dlfcn.h>

#include "platform/keep_loaded.h"

namespace embeddables {

void KeepLoaded(const void* code) {
  Dl_info facts{};
  if (dladdr(code, &facts) == 0) return;
  // The handle is never closed.
  // cppcheck-suppress leakReturnValNotUsed
  dlopen(facts.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE);
}

// True also if the system does not say.
bool IsInThisLibrary(const void* code) {
  Dl_info theirs{}, ours{};
  return dladdr(code, &theirs) == 0 ||
         dladdr(reinterpret_cast<const void*>(&KeepLoaded), &ours) == 0 ||
         theirs.dli_fbase == ours.dli_fbase;
}

}  // namespace embeddables
