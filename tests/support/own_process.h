// What the system says of this test's process, and where that may write thousands of files.

#ifndef EMBEDDABLES_TESTS_SUPPORT_OWN_PROCESS_H_
#define EMBEDDABLES_TESTS_SUPPORT_OWN_PROCESS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace embeddables::test {

// Bytes of memory that the process occupies just now.
std::uint64_t ResidentBytes();

// The content of each part of the process's memory that can be written and has at least `least` and
// at most `most` bytes. Parts are as the system tells them: one allocation or mapping, or several
// beside each other.
std::vector<std::string> MemoryParts(std::size_t least, std::size_t most);

// How many TCP sockets the process has open. Linux counts all its sockets as such, so that only the
// difference between two counts says something.
std::size_t CountTcpSockets();

// Temporary folders that are made from now on lie on a disk in memory, where there is one: there a
// commit need not wait for a device.
void UseMemoryDisk();

// For a fixture that must have called it before its first member is made.
struct OnMemoryDisk {
  OnMemoryDisk() { UseMemoryDisk(); }
};

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_SUPPORT_OWN_PROCESS_H_
