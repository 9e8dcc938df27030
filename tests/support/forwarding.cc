#include "tests/support/forwarding.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <thread>

namespace embeddables::test {
namespace {

int Connect(int port) {
  const int made = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(connect(made, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  return made;
}

}  // namespace

void Tunnel(RawConnection* client, int port, const std::string& first,
            const std::function<bool()>& lost) {
  const int server = Connect(port);
  send(server, first.data(), first.size(), MSG_NOSIGNAL);
  std::thread back([=] {
    char piece[4096];
    for (ssize_t got; (got = recv(server, piece, sizeof piece, 0)) > 0;) {
      if (!lost() && !client->Send({piece, static_cast<std::size_t>(got)})) break;
    }
    if (!lost()) client->EndBoth();
  });
  char piece[4096];
  for (std::size_t got; (got = client->Read(piece, sizeof piece)) > 0;) {
    if (!lost() && send(server, piece, got, MSG_NOSIGNAL) <= 0) break;
  }
  shutdown(server, SHUT_RDWR);
  back.join();
  close(server);
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
