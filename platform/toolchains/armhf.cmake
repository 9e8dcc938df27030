# Debian: g++-arm-linux-gnueabihf, qemu-user-static.
set(CMAKE_SYSTEM_PROCESSOR armv7l)
set(EMBEDDABLES_TRIPLE arm-linux-gnueabihf)
set(EMBEDDABLES_QEMU qemu-arm-static)
include(${CMAKE_CURRENT_LIST_DIR}/debian-cross.cmake)
