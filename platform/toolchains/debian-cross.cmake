# For another processor, with Debian's compiler for it and a sysroot of its packages, which
# platform/toolchains/sysroot.sh makes. EMBEDDABLES_SYSROOT says where that is. Programs run under
# QEMU; nothing of the other architecture is installed on this machine.
#
# A file that includes this one has set EMBEDDABLES_TRIPLE and EMBEDDABLES_QEMU.
set(CMAKE_SYSTEM_NAME Linux)
if(NOT EMBEDDABLES_SYSROOT)
  set(EMBEDDABLES_SYSROOT "$ENV{EMBEDDABLES_SYSROOT}")
endif()
if(NOT IS_DIRECTORY "${EMBEDDABLES_SYSROOT}/usr/include")
  message(FATAL_ERROR "EMBEDDABLES_SYSROOT is no sysroot: platform/toolchains/sysroot.sh makes one")
endif()
set(EMBEDDABLES_SYSROOT "${EMBEDDABLES_SYSROOT}" CACHE PATH "Sysroot of the other architecture")
# What CMake tries compilers with gets it, too.
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES EMBEDDABLES_SYSROOT)

set(CMAKE_SYSROOT ${EMBEDDABLES_SYSROOT})
set(CMAKE_LIBRARY_ARCHITECTURE ${EMBEDDABLES_TRIPLE})
set(CMAKE_C_COMPILER ${EMBEDDABLES_TRIPLE}-gcc)
set(CMAKE_CXX_COMPILER ${EMBEDDABLES_TRIPLE}-g++)
# The libraries that Debian's libraries need are found there, and not named by us.
set(rpath_link "-Wl,-rpath-link,${EMBEDDABLES_SYSROOT}/usr/lib/${EMBEDDABLES_TRIPLE}")
string(APPEND rpath_link " -Wl,-rpath-link,${EMBEDDABLES_SYSROOT}/lib/${EMBEDDABLES_TRIPLE}")
foreach(kind EXE SHARED MODULE)
  set(CMAKE_${kind}_LINKER_FLAGS_INIT "${rpath_link}")
endforeach()

set(CMAKE_FIND_ROOT_PATH ${EMBEDDABLES_SYSROOT})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
foreach(kind LIBRARY INCLUDE PACKAGE)
  set(CMAKE_FIND_ROOT_PATH_MODE_${kind} ONLY)
endforeach()
set(ENV{PKG_CONFIG_DIR} "")
set(ENV{PKG_CONFIG_LIBDIR}
  "${EMBEDDABLES_SYSROOT}/usr/lib/${EMBEDDABLES_TRIPLE}/pkgconfig:${EMBEDDABLES_SYSROOT}/usr/share/pkgconfig")
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${EMBEDDABLES_SYSROOT})
set(CMAKE_CROSSCOMPILING_EMULATOR ${EMBEDDABLES_QEMU} -L ${EMBEDDABLES_SYSROOT})
