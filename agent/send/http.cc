#include "agent/send/http.h"

namespace embeddables {

const char* Name(HttpError error) {
  switch (error) {
    case NetworkError::kNone:
      return "none";
    case NetworkError::kResolve:
      return "resolve";
    case NetworkError::kConnect:
      return "connect";
    case NetworkError::kTls:
      return "tls";
    case NetworkError::kTimeout:
      return "timeout";
    case NetworkError::kBroken:
      return "broken";
  }
  return "unknown";
}

void Response::TakeBody(std::string_view piece) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  scanner.Read(piece);
  body.append(piece.substr(0, kMaxResponseBody - body.size()));
  if (body.size() >= kByteOrderMark.size() && body.compare(0, 3, kByteOrderMark) == 0) {
    body.erase(0, kByteOrderMark.size());
  }
}

}  // namespace embeddables
