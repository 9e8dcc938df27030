// `flush --now`: events that wait for a retry of their own are tried at once, but for each store at
// most once a minute, however many processes ask. A server that is down stays down for longer.

#ifndef EMBEDDABLES_SAMPLES_CLI_TRY_NOW_H_
#define EMBEDDABLES_SAMPLES_CLI_TRY_NOW_H_

#include <string>

namespace cli {

// True: this caller may try now, and nobody else for a minute. *why: the reason if not. The file
// `STORE.now`, which is empty, remembers by its time when that was.
bool MayTryNow(const std::string& store, std::string* why);

}  // namespace cli

#endif  // EMBEDDABLES_SAMPLES_CLI_TRY_NOW_H_
