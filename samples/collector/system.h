// What the collector asks of its system.

#ifndef EMBEDDABLES_SAMPLES_COLLECTOR_SYSTEM_H_
#define EMBEDDABLES_SAMPLES_COLLECTOR_SYSTEM_H_

#include <ctime>
#include <string>

namespace collector {

// The date in UTC, as std::gmtime, from any thread.
std::tm Utc(std::time_t time);

// Closes this process's connection with that peer. The HTTP library answers every request, and does
// not say which socket one came by.
void CloseConnection(const std::string& address, int port);

// Before any thread starts: from here on what asks the program to end (SIGTERM, SIGINT; on Windows
// Ctrl-C, Ctrl-Break and the end of the console) waits for AwaitEnd.
void HoldEnd();
void AwaitEnd();

}  // namespace collector

#endif  // EMBEDDABLES_SAMPLES_COLLECTOR_SYSTEM_H_
