// What the system says of this process's threads of a name ("embeddables" is the agent's).

#ifndef EMBEDDABLES_TESTS_SUPPORT_THREAD_FACTS_H_
#define EMBEDDABLES_TESTS_SUPPORT_THREAD_FACTS_H_

#include <cstdint>
#include <string>
#include <vector>

namespace embeddables::test {

std::vector<int> ThreadsNamed(const std::string& name);
// How often they have gone to sleep. Not for Windows, which tells nobody.
std::uint64_t SleepsOfThread(const std::string& name);
// Milliseconds of processor time they have used; Linux counts it exactly, Wine in steps of ten.
std::uint64_t CpuOfThread(const std::string& name);

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_SUPPORT_THREAD_FACTS_H_
