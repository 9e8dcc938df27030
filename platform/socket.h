// Network sockets, which neither a forked child nor a program started by the host keeps open.

#ifndef EMBEDDABLES_PLATFORM_SOCKET_H_
#define EMBEDDABLES_PLATFORM_SOCKET_H_

#include <chrono>
#include <vector>

namespace embeddables {

// As socket(2); -1 when there is none to be had.
int OpenSocket(int family, int type, int protocol);
int CloseSocket(int socket);

// Sleeps until one of them is readable (true) or the timeout passes; a negative one never does.
bool WaitReadable(const std::vector<int>& descriptors, std::chrono::milliseconds timeout);

}  // namespace embeddables

#endif  // EMBEDDABLES_PLATFORM_SOCKET_H_
