// File systems of a test's own, in a mount namespace that ends with the test's process.

#ifndef EMBEDDABLES_TESTS_SUPPORT_MOUNTS_H_
#define EMBEDDABLES_TESTS_SUPPORT_MOUNTS_H_

#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <string>

namespace embeddables::test {

inline constexpr char kNoOwnMounts[] = "needs root and a / that is a mount point, for mounts";

// From here on what this thread, and those it makes, mount is seen by nobody else. False: not
// allowed, or the root is a folder that somebody changed into (chroot).
inline bool EnterOwnMounts() {
  return geteuid() == 0 && unshare(CLONE_NEWNS) == 0 &&
         mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

inline bool MountMemoryDisk(const std::string& at, const std::string& size) {
  return mount("embeddables-test", at.c_str(), "tmpfs", 0, ("size=" + size).c_str()) == 0;
}

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_SUPPORT_MOUNTS_H_
