// What the tests ask of the system's sockets, in the same words on each system.

#ifndef EMBEDDABLES_TESTS_SUPPORT_TCP_H_
#define EMBEDDABLES_TESTS_SUPPORT_TCP_H_

#include <cstddef>
#include <string_view>

namespace embeddables::test {

// All of them are on the loopback interface; -1 is none.
int ListenOnLoopback(int* port);
int ConnectToLoopback(int port);
// The next one that connects; -1 once EndAccepting was called.
int AcceptNext(int listener);
void EndAccepting(int listener);
// In bytes.
void SetReceiveBuffer(int socket, int size);
// 0 when the peer has closed, or EndBothWays was called.
std::size_t Receive(int socket, char* to, std::size_t most);
// False when the peer is gone.
bool SendAll(int socket, std::string_view bytes);
// Whoever reads or writes it comes back.
void EndBothWays(int socket);
// Closing it tells the peer so at once, by RST.
void ResetWhenClosed(int socket);
void CloseSocket(int socket);
// A port at which nobody listens, unless a server names it. No other process gets it from the
// system while this one lives: an agent that asks for a server there meets no other test's. 0: this
// system knows no such thing.
int ReservePort();

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_SUPPORT_TCP_H_
