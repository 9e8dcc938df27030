// One request under way, and what comes for it. Part of the transport's room.

#ifndef EMBEDDABLES_AGENT_SEND_TRANSFER_H_
#define EMBEDDABLES_AGENT_SEND_TRANSFER_H_

#include <curl/curl.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "agent/send/connection_set.h"
#include "agent/send/http.h"

namespace embeddables {

// Its easy handle is used again for the next one.
struct Transfer {
  CURL* easy = nullptr;
  std::size_t place = 0;  // among those under way
  std::uint64_t tag = 0;
  // As libcurl was told, so that it is told only what is new.
  curl_slist* headers = nullptr;
  std::vector<std::string> header_lines;
  std::string url;
  std::string body;
  bool head = false;
  ConnectionSet* set = nullptr;  // while it is under way
  std::uint32_t adopted_by = 0;
  std::size_t received = 0;      // of the body, decoded
  std::size_t most_to_read = 0;  // of it, and of what comes for it over the wire
  std::size_t head_received = 0;
  unsigned codings = 0;  // of the content
  Response response;
  char error[CURL_ERROR_SIZE] = {};

  ~Transfer();
  // Has libcurl hand over here what comes.
  void Listen();
  // It had a connection to go over, and may have arrived.
  bool WasSent() const;
  // Sent and received so far.
  std::uint64_t BytesMoved() const;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_SEND_TRANSFER_H_
