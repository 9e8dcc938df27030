// The date of an HTTP header (RFC 9110 section 5.6.7). libcurl reads it, so that there is only one
// parser.

#ifndef EMBEDDABLES_AGENT_SEND_HTTP_DATE_H_
#define EMBEDDABLES_AGENT_SEND_HTTP_DATE_H_

#include <cstdint>
#include <string>

namespace embeddables {

// Seconds since 1970 UTC; -1: the text is not a date.
std::int64_t ParseHttpDate(const std::string& text);

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_SEND_HTTP_DATE_H_
