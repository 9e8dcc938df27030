// Network sockets that neither a forked child nor a program started by the host keeps open.

#ifndef EMBEDDABLES_PLATFORM_SOCKET_H_
#define EMBEDDABLES_PLATFORM_SOCKET_H_

#include <chrono>
#include <vector>

#include "platform/handle.h"

namespace embeddables {

// As socket(2); none when there is none to be had.
Waitable OpenSocket(int family, int type, int protocol);
int CloseSocket(Waitable socket);
// False: the socket was closed, though not by CloseSocket, and another file may have its number.
bool IsOpenSocket(Waitable socket);

// Sleeps until one of them is readable (true) or the timeout passes; a negative one never does.
bool WaitReadable(const std::vector<Waitable>& waitables, std::chrono::milliseconds timeout);
// False: no thread may sleep here (the web), and WaitReadable only looks.
bool MayWait();

}  // namespace embeddables

#endif  // EMBEDDABLES_PLATFORM_SOCKET_H_
