// Servers in between: what they get goes on to another port of loopback.

#ifndef EMBEDDABLES_TESTS_SUPPORT_FORWARDING_H_
#define EMBEDDABLES_TESTS_SUPPORT_FORWARDING_H_

#include <atomic>
#include <functional>
#include <string>

#include "tests/support/raw_server.h"

namespace embeddables::test {

// Carries bytes both ways between the client and a port until either ends; `first` goes ahead. What
// comes while `lost` says so is thrown away, and neither side hears of it.
void Tunnel(
    RawConnection* client, int port, const std::string& first = "",
    const std::function<bool()>& lost = [] { return false; });

// A proxy: all goes to this port, whatever host was asked for.
RawServer::Script ForwardTo(int port, std::atomic<int>* served);

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_SUPPORT_FORWARDING_H_
