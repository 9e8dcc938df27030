# For WebAssembly, with Debian's emscripten and a folder that platform/toolchains/web_root.sh makes;
# EMBEDDABLES_SYSROOT says where that is. Programs run under Node.
if(NOT EMBEDDABLES_SYSROOT)
  set(EMBEDDABLES_SYSROOT "$ENV{EMBEDDABLES_SYSROOT}")
endif()
if(NOT EXISTS "${EMBEDDABLES_SYSROOT}/lib/libsqlite3.a")
  message(FATAL_ERROR "EMBEDDABLES_SYSROOT has no libraries for the web: "
    "platform/toolchains/web_root.sh makes such a folder")
endif()
set(EMBEDDABLES_SYSROOT "${EMBEDDABLES_SYSROOT}" CACHE PATH "Libraries for the web")
# What CMake tries compilers with gets it, too.
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES EMBEDDABLES_SYSROOT)

include(/usr/share/emscripten/cmake/Modules/Platform/Emscripten.cmake)
list(PREPEND CMAKE_FIND_ROOT_PATH "${EMBEDDABLES_SYSROOT}")
set(ENV{PKG_CONFIG_LIBDIR} "${EMBEDDABLES_SYSROOT}/lib/pkgconfig")
