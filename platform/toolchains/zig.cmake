# Programs for the system that zig compiles for: static ones for Linux without glibc, and those for
# macOS. EMBEDDABLES_SYSROOT names the folder that platform/toolchains/zig_root.sh makes: a compiler,
# SQLite, RapidJSON and GoogleTest.
if(NOT EMBEDDABLES_SYSROOT)
  set(EMBEDDABLES_SYSROOT "$ENV{EMBEDDABLES_SYSROOT}")
endif()
if(NOT EXISTS "${EMBEDDABLES_SYSROOT}/target")
  message(FATAL_ERROR "EMBEDDABLES_SYSROOT has no compiler for another system: "
    "platform/toolchains/zig_root.sh makes such a folder")
endif()
set(EMBEDDABLES_SYSROOT "${EMBEDDABLES_SYSROOT}" CACHE PATH "The compiler, and libraries")
file(READ "${EMBEDDABLES_SYSROOT}/target" zig_target)
if(zig_target MATCHES macos)
  set(CMAKE_SYSTEM_NAME Darwin)
  # CMake wants this tool for installed libraries, of which there are none.
  set(CMAKE_INSTALL_NAME_TOOL ${EMBEDDABLES_SYSROOT}/bin/install_name_tool)
else()
  set(CMAKE_SYSTEM_NAME Linux)
endif()
string(REGEX MATCH "^[^-]+" CMAKE_SYSTEM_PROCESSOR "${zig_target}")
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
# Nothing of this machine's is for that system.
set(ENV{PKG_CONFIG_LIBDIR} "${EMBEDDABLES_SYSROOT}/lib/pkgconfig")
