#include "tests/support/forwarding.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <thread>

#include "tests/support/tcp.h"

namespace embeddables::test {

void Tunnel(RawConnection* client, int port, const std::string& first,
            const std::function<bool()>& lost) {
  const int server = ConnectToLoopback(port);
  EXPECT_GE(server, 0);
  SendAll(server, first);
  std::thread back([=] {
    char piece[4096];
    for (std::size_t got; (got = Receive(server, piece, sizeof piece)) > 0;) {
      if (!lost() && !client->Send({piece, got})) break;
    }
    if (!lost()) client->EndBoth();
  });
  char piece[4096];
  for (std::size_t got; (got = client->Read(piece, sizeof piece)) > 0;) {
    if (!lost() && !SendAll(server, {piece, got})) break;
  }
  EndBothWays(server);
  back.join();
  CloseSocket(server);
}

RawServer::Script ForwardTo(int port, std::atomic<int>* served) {
  return [=](RawConnection* client) {
    std::string head;
    if (!client->ReadHead(&head)) return;
    ++*served;
    const bool connects = head.rfind("CONNECT ", 0) == 0;
    if (connects) client->Send("HTTP/1.1 200 Connection established\r\n\r\n");
    Tunnel(client, port, connects ? "" : head);
  };
}

}  // namespace embeddables::test
