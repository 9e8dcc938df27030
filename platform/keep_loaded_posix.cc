#include <dlfcn.h>

#include "platform/keep_loaded.h"

namespace embeddables {

void KeepLoaded(const void* code) {
  Dl_info theirs{};
  Dl_info ours{};
  if (dladdr(code, &theirs) == 0) return;
  if (dladdr(reinterpret_cast<const void*>(&KeepLoaded), &ours) == 0) return;
  if (theirs.dli_fbase == ours.dli_fbase) return;
  // The handle is never closed.
  // cppcheck-suppress leakReturnValNotUsed
  dlopen(theirs.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE);
}

}  // namespace embeddables
