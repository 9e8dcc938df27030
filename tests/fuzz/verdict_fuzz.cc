// Whatever answers our request: one verdict, within its bounds, and never a delivery that the
// server did not confirm.

#include <string>

#include "agent/endpoint.h"
#include "agent/utf8.h"
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
  response.body = std::string(input.Rest());
  return response;
}

void One(const Response& response) {
  static const Endpoint endpoint{Config()};
  const Verdict verdict = endpoint.Read(response);
  const bool answered = response.error == NetworkError::kNone;
  const bool success = answered && response.status >= 200 && response.status < 300;
  const bool blank = response.body.find_first_not_of(" \t\r\n") == std::string::npos;
  const bool object = JsonChecker(RepairUtf8(response.body)).IsObject();

  Require(verdict.http_status == response.status, "the status is handed on");
  Require(Name(verdict.kind)[0] != 'u' || verdict.kind == VerdictKind::kUnconfirmed ||
              verdict.kind == VerdictKind::kUnknownUser,
          "the verdict is one of the table");
  Require(!answered || !success || verdict.kind == VerdictKind::kDelivered ||
              verdict.kind == VerdictKind::kUnconfirmed || verdict.kind == VerdictKind::kPortal,
          "a 2xx is delivered, unconfirmed or a portal");
  if (verdict.kind == VerdictKind::kDelivered) {
    Require(success, "only a 2xx delivers");
    Require(blank ? response.tls_verified : object,
            "only an object, or nothing over TLS, delivers");
    Require(response.tls_verified || !verdict.in_unknown_form, "plain http must name the entry");
    Require(object || verdict.in_unknown_form, "nothing is an unknown form");
  }
  if (!answered) {
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
