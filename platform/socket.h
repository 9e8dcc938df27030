// Network sockets that neither a forked child nor a program started by the host keeps open.

#ifndef EMBEDDABLES_PLATFORM_SOCKET_H_
#define EMBEDDABLES_PLATFORM_SOCKET_H_

#include <chrono>
#include <vector>

namespace embeddables {

// Like socket(2); -1 if there is none to be had.
int OpenSocket(int family, int type, int protocol);
int CloseSocket(int socket);

// Sleeps until one of the descriptors is readable (true) or the timeout passes; a negative timeout
// never passes.
bool WaitReadable(const std::vector<int>& descriptors, std::chrono::milliseconds timeout);

}  // namespace embeddables

#endif  // EMBEDDABLES_PLATFORM_SOCKET_H_
