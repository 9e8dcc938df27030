// Translates libcurl's errors into the agent's. Part of the transport's room.

#ifndef EMBEDDABLES_AGENT_SEND_CURL_ERROR_H_
#define EMBEDDABLES_AGENT_SEND_CURL_ERROR_H_

#include <curl/curl.h>

#include "agent/send/http.h"

namespace embeddables {

NetworkError ErrorOf(CURLcode code);

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_SEND_CURL_ERROR_H_
