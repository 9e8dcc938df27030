// Network sockets that neither a forked child nor a program started by the host keeps open.

#ifndef EMBEDDABLES_PLATFORM_SOCKET_H_
#define EMBEDDABLES_PLATFORM_SOCKET_H_

namespace embeddables {

// As socket(2); -1 when there is none to be had.
int OpenSocket(int family, int type, int protocol);
int CloseSocket(int socket);

}  // namespace embeddables

#endif  // EMBEDDABLES_PLATFORM_SOCKET_H_
