#include "platform/keep_loaded.h"
#include "platform/system_windows.h"

namespace embeddables {
namespace {

HMODULE ModuleOf(const void* code, DWORD how) {
  HMODULE module = nullptr;
  GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | how,
                     static_cast<const wchar_t*>(code), &module);
  return module;
}

}  // namespace

void KeepLoaded(const void* code) { ModuleOf(code, GET_MODULE_HANDLE_EX_FLAG_PIN); }

bool IsInThisLibrary(const void* code) {
  constexpr DWORD kLook = GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT;
  return ModuleOf(code, kLook) == ModuleOf(reinterpret_cast<const void*>(&KeepLoaded), kLook);
}

}  // namespace embeddables
