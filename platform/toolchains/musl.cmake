# Static programs for Linux without glibc. platform/toolchains/musl_root.sh makes the root that
# EMBEDDABLES_SYSROOT names: the compiler, SQLite, RapidJSON and GoogleTest.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
if(NOT EMBEDDABLES_SYSROOT)
  set(EMBEDDABLES_SYSROOT "$ENV{EMBEDDABLES_SYSROOT}")
endif()
if(NOT EXISTS "${EMBEDDABLES_SYSROOT}/bin/c++")
  message(FATAL_ERROR "EMBEDDABLES_SYSROOT has no compiler for musl: "
    "platform/toolchains/musl_root.sh makes such a folder")
endif()
set(EMBEDDABLES_SYSROOT "${EMBEDDABLES_SYSROOT}" CACHE PATH "The compiler for musl, and libraries")
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES EMBEDDABLES_SYSROOT)

set(CMAKE_C_COMPILER ${EMBEDDABLES_SYSROOT}/bin/cc)
set(CMAKE_CXX_COMPILER ${EMBEDDABLES_SYSROOT}/bin/c++)
set(CMAKE_AR ${EMBEDDABLES_SYSROOT}/bin/ar)
set(CMAKE_RANLIB ${EMBEDDABLES_SYSROOT}/bin/ranlib)

set(CMAKE_FIND_ROOT_PATH ${EMBEDDABLES_SYSROOT})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
foreach(kind LIBRARY INCLUDE PACKAGE)
  set(CMAKE_FIND_ROOT_PATH_MODE_${kind} ONLY)
endforeach()
