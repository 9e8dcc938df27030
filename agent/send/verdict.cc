// The endpoint's other half: translates a response into the verdict on its event.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/base/json_reader.h"
#include "agent/base/utf8.h"
#include "agent/event/true_time.h"
#include "agent/send/conceal.h"
#include "agent/send/endpoint.h"
#include "agent/send/http_date.h"

namespace embeddables {
namespace {

constexpr std::size_t kMessageBytes = 200;
constexpr std::string_view kTlsAdvice =
    "; events are kept; check this device's clock, Config::base_url, Config::ca_file and "
    "Config::pinned_public_key";

// An error's body.
struct Body {
  bool has_error = false;  // has the vendor's form, {error: {code, message}}
  std::string code, message;
};

// Looks at the members of the outermost object and of its "error"; if two have the same name, the
// first counts.
class BodyVisitor final : public JsonVisitor {
 public:
  explicit BodyVisitor(Body* body) : body_(body) {}

  bool Begin(bool object) override {
    if (depth_ == 0) in_object_ = object;
    if (member_ == &error_ && object) in_error_ = depth_ + 1;
    ++depth_;
    return Value();
  }
  bool End() override {
    if (in_error_ == depth_) in_error_ = 0;
    return depth_-- > 0;
  }
  bool Key(std::string_view key) override {
    if (depth_ == 1 && in_object_) {
      member_ = key == "error" ? &error_ : nullptr;
    } else if (in_error_ != 0 && depth_ == in_error_) {
      member_ = key == "code" ? &code_ : key == "message" ? &message_ : nullptr;
    }
    if (member_ != nullptr && std::exchange(member_->seen, true)) member_ = nullptr;
    return true;
  }
  bool Text(std::string_view text) override {
    if (member_ != nullptr) {
      member_->is_text = true;
      if (member_ == &code_) body_->code = std::string(text);
      if (member_ == &message_) body_->message = std::string(text);
    }
    return Value();
  }
  bool Other() override { return Value(); }

  bool has_error() const { return code_.is_text && message_.is_text; }

 private:
  struct Member {
    bool seen = false, is_text = false;
  };

  bool Value() {
    member_ = nullptr;
    return true;
  }

  Body* body_;
  Member error_, code_, message_;
  Member* member_ = nullptr;  // the member whose value comes next
  bool in_object_ = false;    // the kind of the outermost value
  unsigned depth_ = 0;
  unsigned in_error_ = 0;  // the depth of the error's members; 0: outside of it
};

// If the text is incomplete, its complete members count.
Body ReadBody(const Response& response) {
  Body body;
  BodyVisitor visitor(&body);
  const bool cut = response.unreadable || response.body.size() >= kMaxResponseBody;
  if (!ReadJson(response.body, &visitor) && !cut) return Body();
  body.has_error = visitor.has_error();
  if (!body.has_error) body.code = body.message = std::string();
  return body;
}

// Might the text have a character in another form, as JSON (\u0040), JavaScript (\x40) or HTML
// (&#64;) write it? An identifier in such a form is not found.
bool HasEscapes(std::string_view text) {
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    const char next = text[i + 1];
    const bool letter = (next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z');
    if (text[i] == '\\' && (next == 'u' || next == 'x')) return true;
    if (text[i] == '&' && (next == '#' || letter)) return true;
  }
  return false;
}

// RFC 9110 section 10.2.3: seconds, or a date. A date is read against the response's own Date: this
// device's clock may be wrong by years.
std::chrono::milliseconds ReadRetryAfter(const Response& response) {
  constexpr std::int64_t kLongest = 366 * 86'400;
  const std::string& text = response.retry_after;
  if (text.empty()) return std::chrono::milliseconds(-1);
  if (text.find_first_not_of("0123456789") == std::string::npos) {
    const std::int64_t seconds = text.size() > 9 ? kLongest : std::stoll(text);
    return std::chrono::seconds(std::min(seconds, kLongest));
  }
  const std::int64_t then = ParseHttpDate(text);
  const std::int64_t now = response.date.empty() ? -1 : ParseHttpDate(response.date);
  if (then < 0 || now < 0) return std::chrono::milliseconds(-1);
  return std::chrono::seconds(std::clamp<std::int64_t>(then - now, 0, kLongest));
}

bool IsSuccess(int status) { return status >= 200 && status < 300; }

VerdictKind Success(const Response& response, const Body& body, bool* unknown_form) {
  const EntryScanner& scanner = response.scanner;
  if (scanner.found()) return VerdictKind::kDelivered;
  // Over plain http, anybody on the way may have answered.
  if (!response.tls_verified) return VerdictKind::kPortal;
  *unknown_form = !response.unreadable && !body.has_error && (scanner.object() || scanner.blank());
  return *unknown_form ? VerdictKind::kDelivered : VerdictKind::kUnconfirmed;
}

VerdictKind ClientError(int status, const Body& body) {
  switch (status) {
    case 401:
      return VerdictKind::kCredentials;
    case 403:
      return body.has_error ? VerdictKind::kCredentials : VerdictKind::kRejected;
    case 404:
      return body.code == "ENTRY_NOT_FOUND" ? VerdictKind::kUnknownUser
                                            : VerdictKind::kConfiguration;
    case 402:
    case 405:
    case 410:
    case 426:
      return VerdictKind::kConfiguration;
    case 407:
      return VerdictKind::kPortal;
    case 408:
    case 425:
    case 429:
      return VerdictKind::kRetry;
    case 421:
      return VerdictKind::kMisdirected;
    default:
      return VerdictKind::kRejected;
  }
}

VerdictKind Classify(const Response& response, const Body& body, bool* unknown_form) {
  const int status = response.status;
  if (IsSuccess(status)) return Success(response, body, unknown_form);
  if (status >= 300 && status < 400) {
    return response.tls_verified ? VerdictKind::kConfiguration : VerdictKind::kPortal;
  }
  if (status >= 400 && status < 500) return ClientError(status, body);
  if (status == 511) return VerdictKind::kPortal;  // RFC 6585: Network Authentication Required
  return status >= 500 ? VerdictKind::kRetry : VerdictKind::kNetwork;
}

// A server that says when to come again, or asks for fewer requests, is overloaded, even if it does
// not end its answer: a handshake would cost it more than the requests do.
ConnectionSign SignOf(const Response& response, VerdictKind kind) {
  if (kind == VerdictKind::kPortal) return ConnectionSign::kBad;
  const bool failed = response.status >= 500;
  if (response.status == 429 || (failed && !response.retry_after.empty())) {
    return ConnectionSign::kGood;
  }
  if (response.error != NetworkError::kNone && kind != VerdictKind::kDelivered) {
    if (!response.connected) return ConnectionSign::kNone;
    const bool half = response.status >= 200 && response.error != NetworkError::kTimeout;
    return half ? ConnectionSign::kHalf : ConnectionSign::kBad;
  }
  return failed ? ConnectionSign::kDoubtful : ConnectionSign::kGood;
}

// An error's status counts, and its headers, though its end is missing. A server may refuse a
// request whose body is still being sent, and end it with that (RFC 9113 section 8.1), or be too
// busy to finish. The bodies of 403 and 404 say what these mean.
bool CountsUnfinished(const Response& response) {
  if (response.error == NetworkError::kTls || response.status < 400) return false;
  const bool in_body = response.status == 403 || response.status == 404;
  return !in_body || ReadBody(response).has_error;
}

}  // namespace

bool Endpoint::IsFromServer(const Response& response) {
  const bool redirected = response.status >= 300 && response.status < 400;
  return response.error == NetworkError::kNone && !redirected && response.status != 407 &&
         response.status != 511;
}

// A Date is cut to its second, so the middle of that second is at most half a second off.
UnixTime Endpoint::ReadTime(const Response& response) {
  if (response.date.empty()) return UnixTime::Never();
  const UnixTime wall(ParseHttpDate(response.date) * 1000 + 500);
  return IsPlausible(wall) ? wall : UnixTime::Never();
}

const char* Name(VerdictKind kind) {
  switch (kind) {
    case VerdictKind::kDelivered:
      return "delivered";
    case VerdictKind::kUnconfirmed:
      return "unconfirmed";
    case VerdictKind::kPortal:
      return "portal";
    case VerdictKind::kCredentials:
      return "credentials";
    case VerdictKind::kConfiguration:
      return "configuration";
    case VerdictKind::kMisdirected:
      return "misdirected";
    case VerdictKind::kUnknownUser:
      return "unknown_user";
    case VerdictKind::kRejected:
      return "rejected";
    case VerdictKind::kRetry:
      return "retry";
    case VerdictKind::kNetwork:
      return "network";
  }
  return "unknown";
}

// A server's message may repeat what it was sent.
std::string Endpoint::Clean(std::string text, std::string_view identifier_json) const {
  Conceal(secrets_, identifier_json, &text);
  return text;
}

std::string Endpoint::FirstWords(const Response& response, std::string_view identifier_json) const {
  constexpr std::size_t kWordsBytes = 80;
  if (IsSuccess(response.status) || response.status == 0 || HasEscapes(response.body) ||
      !ReadBody(response).message.empty()) {
    return {};
  }
  return Printable(Clean(response.body, identifier_json), kWordsBytes);
}

Verdict Endpoint::Read(const Response& response, std::string_view identifier_json) const {
  Verdict verdict;
  verdict.http_status = response.status < 200 ? 0 : response.status;  // not that of a 1xx
  // A confirmed event stays confirmed, however the answer ends.
  const bool confirmed = IsSuccess(response.status) && response.scanner.found();
  if (response.error != NetworkError::kNone && !confirmed && !CountsUnfinished(response)) {
    // The answer broke off after the server had begun it: the network works, and the event may be
    // the cause.
    verdict.kind = response.status >= 200 ? VerdictKind::kRetry : VerdictKind::kNetwork;
    verdict.sign = SignOf(response, verdict.kind);
    verdict.tls_failed = response.error == NetworkError::kTls;
    verdict.throttled = response.error == NetworkError::kTimeout;
    verdict.message =
        Printable(Clean(response.error_text, identifier_json),
                  verdict.tls_failed ? kMessageBytes - kTlsAdvice.size() : kMessageBytes);
    if (verdict.tls_failed) verdict.message += kTlsAdvice;
    return verdict;
  }
  const Body body = confirmed ? Body() : ReadBody(response);
  verdict.kind = Classify(response, body, &verdict.in_unknown_form);
  verdict.sign = SignOf(response, verdict.kind);
  const bool asks = response.status == 429 || response.status == 503;
  if (asks) verdict.retry_after = ReadRetryAfter(response);
  verdict.throttled = asks || response.error == NetworkError::kTimeout;
  const bool unknown_user = verdict.kind == VerdictKind::kUnknownUser;
  verdict.message =
      body.message.empty()
          ? "HTTP " + std::to_string(response.status)
          : Printable(Clean(body.message, identifier_json),
                      unknown_user ? kMessageBytes - kUnknownUserAdvice.size() - 2 : kMessageBytes);
  if (unknown_user) verdict.message += "; " + std::string(kUnknownUserAdvice);
  if (!confirmed && !response.error_text.empty() && body.message.empty()) {
    verdict.message += ", its body cannot be read: ";
    verdict.message += Printable(Clean(response.error_text, identifier_json), kMessageBytes / 2);
  }
  if (verdict.kind == VerdictKind::kPortal) {
    verdict.message += " from a portal or proxy, not from the endpoint";
  }
  return verdict;
}

}  // namespace embeddables
