# For Windows on x86-64, with MinGW and a folder of libraries that
# platform/toolchains/windows_root.sh makes; EMBEDDABLES_WINDOWS_ROOT says where that is. Programs
# are linked statically: they need no DLL but the system's. They run under Wine, in a prefix of
# their own.
#
# Debian: g++-mingw-w64-x86-64-posix, wine64, wine.
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
if(NOT EMBEDDABLES_WINDOWS_ROOT)
  set(EMBEDDABLES_WINDOWS_ROOT "$ENV{EMBEDDABLES_WINDOWS_ROOT}")
endif()
if(NOT IS_DIRECTORY "${EMBEDDABLES_WINDOWS_ROOT}/include")
  message(FATAL_ERROR "EMBEDDABLES_WINDOWS_ROOT has no libraries: "
    "platform/toolchains/windows_root.sh makes them")
endif()
set(EMBEDDABLES_WINDOWS_ROOT "${EMBEDDABLES_WINDOWS_ROOT}" CACHE PATH "Libraries for Windows")
# What CMake tries compilers with gets it, too.
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES EMBEDDABLES_WINDOWS_ROOT)

# With POSIX threads: the other MinGW of Debian has no std::thread.
set(CMAKE_C_COMPILER x86_64-w64-mingw32-gcc-posix)
set(CMAKE_CXX_COMPILER x86_64-w64-mingw32-g++-posix)
set(CMAKE_RC_COMPILER x86_64-w64-mingw32-windres)
foreach(kind EXE SHARED MODULE)
  set(CMAKE_${kind}_LINKER_FLAGS_INIT -static)
endforeach()

set(CMAKE_FIND_ROOT_PATH ${EMBEDDABLES_WINDOWS_ROOT} /usr/x86_64-w64-mingw32)
set(CMAKE_PREFIX_PATH ${EMBEDDABLES_WINDOWS_ROOT})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
foreach(kind LIBRARY INCLUDE PACKAGE)
  set(CMAKE_FIND_ROOT_PATH_MODE_${kind} ONLY)
endforeach()
# What pkg-config knows is this machine's.
set(ENV{PKG_CONFIG_LIBDIR} "${EMBEDDABLES_WINDOWS_ROOT}/lib/pkgconfig")
set(CMAKE_CROSSCOMPILING_EMULATOR ${CMAKE_CURRENT_LIST_DIR}/wine.sh)
