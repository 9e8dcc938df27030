// The date of an HTTP header, in any of the three forms of RFC 9110 section 5.6.7:
//   Sun, 06 Nov 1994 08:49:37 GMT
//   Sunday, 06-Nov-94 08:49:37 GMT
//   Sun Nov  6 08:49:37 1994

#ifndef EMBEDDABLES_AGENT_SEND_HTTP_DATE_H_
#define EMBEDDABLES_AGENT_SEND_HTTP_DATE_H_

#include <cstdint>
#include <string_view>

namespace embeddables {

// Seconds since 1970 UTC; -1: the text is not such a date, or one before 1970.
std::int64_t ParseHttpDate(std::string_view text);

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_SEND_HTTP_DATE_H_
