# Static programs for Linux without glibc. EMBEDDABLES_SYSROOT names the folder that
# platform/toolchains/musl_root.sh makes: a compiler, SQLite, RapidJSON and GoogleTest.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
if(NOT EMBEDDABLES_SYSROOT)
  set(EMBEDDABLES_SYSROOT "$ENV{EMBEDDABLES_SYSROOT}")
endif()
if(NOT EXISTS "${EMBEDDABLES_SYSROOT}/bin/clang++")
  message(FATAL_ERROR "EMBEDDABLES_SYSROOT has no compiler for musl: "
    "platform/toolchains/musl_root.sh makes such a folder")
endif()
set(EMBEDDABLES_SYSROOT "${EMBEDDABLES_SYSROOT}" CACHE PATH "The compiler for musl, and libraries")
# What CMake tries compilers with gets it, too. It links nothing: the compiler makes its C++ library
# anew for each set of flags that it links with, which takes minutes.
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES EMBEDDABLES_SYSROOT)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)

set(CMAKE_C_COMPILER ${EMBEDDABLES_SYSROOT}/bin/clang)
set(CMAKE_CXX_COMPILER ${EMBEDDABLES_SYSROOT}/bin/clang++)
set(CMAKE_AR ${EMBEDDABLES_SYSROOT}/bin/ar)
set(CMAKE_RANLIB ${EMBEDDABLES_SYSROOT}/bin/ranlib)

set(CMAKE_FIND_ROOT_PATH ${EMBEDDABLES_SYSROOT})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
foreach(kind LIBRARY INCLUDE PACKAGE)
  set(CMAKE_FIND_ROOT_PATH_MODE_${kind} ONLY)
endforeach()
# Nothing of this machine's is for musl.
set(ENV{PKG_CONFIG_LIBDIR} "${EMBEDDABLES_SYSROOT}/lib/pkgconfig")
