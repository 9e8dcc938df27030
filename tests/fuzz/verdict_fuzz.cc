// Whatever answers our request: one verdict, within its bounds, and never a delivery that the
// server did not confirm.

#include <cstddef>
#include <cstdint>
#include <string>

#include "agent/base/utf8.h"
#include "agent/send/endpoint.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/json_checker.h"

namespace embeddables::fuzz {
namespace {

using test::JsonChecker;

Response ReadResponse(Input input) {
  Response response;
  const std::uint8_t flags = input.Byte();
  response.tls_verified = (flags & 1) != 0;
  if ((flags & 2) != 0) response.error = static_cast<NetworkError>(input.Byte() % 6);
  // Mostly what servers say; any number now and then.
  response.status =
      (flags & 4) != 0 ? input.Number<std::int16_t>() : 200 + input.Number<std::uint16_t>() % 400;
  response.retry_after = std::string(input.Text());
  response.date = std::string(input.Text());
  response.error_text = std::string(input.Text());
  response.unreadable = !(flags & 2) && (flags & 8) != 0;
  response.TakeBody(input.Rest());
  return response;
}

void One(const Response& response) {
  static const Endpoint endpoint{Config()};
  const Verdict verdict = endpoint.Read(response);
  const bool answered = response.error == NetworkError::kNone;
  const bool success = response.status >= 200 && response.status < 300;
  const bool confirmed = success && response.scanner.found();
  const bool object = response.scanner.object();

  Require(verdict.http_status == (response.status < 200 ? 0 : response.status),
          "the status is handed on, but no interim one");
  Require(Name(verdict.kind)[0] != 'u' || verdict.kind == VerdictKind::kUnconfirmed ||
              verdict.kind == VerdictKind::kUnknownUser,
          "the verdict is one of the table");
  Require(!confirmed || verdict.kind == VerdictKind::kDelivered, "what is confirmed is delivered");
  Require(!answered || !success || verdict.kind == VerdictKind::kDelivered ||
              verdict.kind == VerdictKind::kUnconfirmed || verdict.kind == VerdictKind::kPortal,
          "a 2xx is delivered, unconfirmed or a portal");
  if (verdict.kind == VerdictKind::kDelivered) {
    Require(success, "only a 2xx delivers");
    Require(confirmed != verdict.in_unknown_form, "a confirmation has a known form");
    Require(confirmed || (answered && response.tls_verified && !response.unreadable),
            "without a confirmation only a whole answer of the server's own delivers");
    Require(confirmed || object || response.scanner.blank(),
            "only an object, or nothing over TLS, delivers");
  }
  const bool refused = response.status / 100 == 4 || response.status == 511;
  if (!answered && !confirmed && !refused) {
    Require(verdict.kind == (response.status < 200 ? VerdictKind::kNetwork : VerdictKind::kRetry),
            "no answer is the network's; one that breaks off is not");
  }
  Require(verdict.retry_after.count() >= -1 && verdict.retry_after <= std::chrono::hours(24 * 366),
          "Retry-After is capped");
  // Through the checker as the only text of a JSON string, escaped by nobody: it is one line of
  // UTF-8 or the quotes in it end the string early.
  std::string message = verdict.message;
  for (char& c : message) {
    if (c == '"' || c == '\\') c = ' ';
  }
  Require(verdict.message.size() <= 300 && JsonChecker('"' + message + '"').IsJson(),
          "the message is one short line of UTF-8");
}

}  // namespace
}  // namespace embeddables::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  embeddables::fuzz::One(embeddables::fuzz::ReadResponse(embeddables::fuzz::Input(data, size)));
  return 0;
}
