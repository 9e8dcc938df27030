// An HTTP/2 server that never takes a byte of a body: its clients' upload windows stay shut.
//
//   window_sink CERTIFICATE KEY
//
// Prints its port; ends with its input.

#include <cstdio>
#include <string>

#include "tests/support/h2_server.h"

int main(int argc, char** argv) {
  using embeddables::test::H2Server;
  if (argc != 3) return 2;
  const H2Server server(
      {argv[1], argv[2]}, [](int, int) { return H2Server::Reply::kNothing; }, 0);
  std::printf("%d\n", server.port());
  std::fflush(stdout);
  while (std::getchar() != EOF) continue;
  return 0;
}
