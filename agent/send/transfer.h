// One request under way, and its response as it comes in. Part of the transport's room.

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

// On a clock that is never set.
std::int64_t TransferNowMs();

// The easy handle is used again for the next request.
struct Transfer {
  CURL* easy = nullptr;
  std::size_t place = 0;  // among the transfers under way
  std::uint64_t tag = 0;
  // These are as libcurl was told, so that it is told only changes.
  curl_slist* headers = nullptr;
  std::vector<std::string> header_lines;
  std::string url;
  std::string body;
  bool head = false;
  ConnectionSet* set = nullptr;  // while the transfer is under way
  std::uint32_t adopted_by = 0;
  std::size_t received = 0;      // bytes of the body, decoded
  std::size_t most_to_read = 0;  // bytes of the body, both decoded and over the wire
  std::size_t head_received = 0;
  bool begun_again = false;
  std::int64_t ends_at_ms = 0;  // at the latest
  bool confirmed = false;       // its event; then rest_ends_at_ms is set
  std::int64_t rest_ends_at_ms = 0;
  unsigned codings = 0;  // of the content, one on top of the other
  Response response;
  char error[CURL_ERROR_SIZE] = {};

  ~Transfer();
  // Makes libcurl hand over the response here.
  void Listen();
  // The request had a connection, and may have arrived.
  bool WasSent() const;
  // Bytes sent and received so far.
  std::uint64_t BytesMoved() const;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_SEND_TRANSFER_H_
