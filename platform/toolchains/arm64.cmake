# Debian: g++-aarch64-linux-gnu, qemu-user-static.
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(EMBEDDABLES_TRIPLE aarch64-linux-gnu)
set(EMBEDDABLES_QEMU qemu-aarch64-static)
include(${CMAKE_CURRENT_LIST_DIR}/debian-cross.cmake)
