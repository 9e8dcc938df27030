// What the collector asks of its system.

#ifndef EMBEDDABLES_SAMPLES_COLLECTOR_SYSTEM_H_
#define EMBEDDABLES_SAMPLES_COLLECTOR_SYSTEM_H_

#include <cstdint>
#include <ctime>
#include <functional>
#include <string>

namespace collector {

// The date in UTC, as std::gmtime, from any thread.
std::tm Utc(std::time_t time);

// Is this an address of IPv4 or IPv6 in digits?
bool IsAddress(const std::string& text);

// For a socket that is about to listen: as long as it does, no other program can listen on its
// port, and the program that is started next can do so at once.
void KeepPort(std::intptr_t socket);
// For a socket that listens: so many connections may come at once. Of more than the library's five,
// the system drops some, which then come a second later.
void LetManyWait(std::intptr_t socket);

// One end of a connection in words.
struct SocketEnd {
  std::string host, port;
};

// Closes those of this process's connections that are meant. The HTTP library answers every request
// and keeps its sockets to itself, so they are found by their ends.
using IsMeant = std::function<bool(const SocketEnd& peer, const SocketEnd& own)>;
void CloseSockets(const IsMeant& is_meant);

// Before any thread starts: from here on what asks the program to end (SIGTERM, SIGINT; on Windows
// Ctrl-C, Ctrl-Break and the end of the console) waits for AwaitEnd.
void HoldEnd();
void AwaitEnd();

}  // namespace collector

#endif  // EMBEDDABLES_SAMPLES_COLLECTOR_SYSTEM_H_
