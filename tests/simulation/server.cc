#include "tests/simulation/server.h"

#include <cstdio>
#include <vector>

namespace embeddables::test {
namespace {

const char kEntry[] = R"({"entry_id":"entry_1"})";
const char kPage[] = "<html>sign in</html>";

std::string Between(const std::string& text, const std::string& before, char after) {
  const std::size_t found = text.find(before);
  if (found == std::string::npos) return std::string();
  const std::size_t from = found + before.size();
  return text.substr(from, text.find(after, from) - from);
}

std::string ErrorBody(const char* code) {
  return std::string(R"({"error":{"code":")") + code + R"(","message":"as simulated"}})";
}

// Of "2026-02-02T02:40:00.000Z", by the days before each month.
std::int64_t ReadTime(const std::string& text) {
  int year = 0, month = 1, day = 0, hour = 0, minute = 0, second = 0, ms = 0;
  if (std::sscanf(text.c_str(), "%d-%d-%dT%d:%d:%d.%dZ", &year, &month, &day, &hour, &minute,
                  &second, &ms) != 7) {
    return 0;
  }
  static const int kBefore[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
  const int leaps = (month > 2 ? year : year - 1) / 4 - (month > 2 ? year : year - 1) / 100 +
                    (month > 2 ? year : year - 1) / 400;
  const std::int64_t days = 365LL * (year - 1970) + leaps - 477 + kBefore[month - 1] + day - 1;
  return ((days * 24 + hour) * 60 + minute) * 60'000 + second * 1'000 + ms;
}

bool StartsWith(const std::string& text, const char* prefix) { return text.rfind(prefix, 0) == 0; }

}  // namespace

const char* Name(Weather weather) {
  static const char* const names[] = {
      "clear",         "flaky",         "server errors", "throttling",
      "refusing",      "misconfigured", "rejecting",     "unknown users",
      "odd 2xx",       "misdirecting",  "portal",        "no DNS",
      "no connection", "bad TLS",       "black hole",    "cutting"};
  return names[static_cast<int>(weather)];
}

Seen ReadRequest(const Request& request) {
  Seen seen;
  seen.event_id = Between(request.body, R"(event_id\":\")", '\\');
  seen.name = Between(request.body, R"("custom_event_name":")", '"');
  seen.wall_ms = ReadTime(Between(request.body, R"("timestamp":")", '"'));
  seen.key = Between(request.body, R"("identifiers":[{"key":")", '"');
  // A string that holds JSON text: the simulated values need no other escapes.
  const std::string value = Between(request.body, R"("value":")", '}');
  for (const char c : value.substr(0, value.empty() ? 0 : value.size() - 1)) {
    if (c != '\\') seen.json += c;
  }
  for (const std::string& header : request.headers) {
    if (StartsWith(header, "X-Api-Key: ")) seen.api_key = header.substr(11);
  }
  return seen;
}

Exchange SimServer::Answer(std::uint64_t tag, const Request& request, std::int64_t now) {
  ++requests_;
  Exchange exchange;
  exchange.tag = tag;
  exchange.seen = ReadRequest(request);
  exchange.begun_at = now;
  exchange.sent_at = now + 1 + random_.Below(40);
  exchange.ends_at = exchange.sent_at + 1 + random_.Below(random_.Below(20) == 0 ? 5'000 : 100);
  exchange.response.tls_verified = tls_;
  if (perfect_) {
    Event(&exchange);
  } else if (weather_ == Weather::kClear && exchange.seen.api_key != key_) {
    AnswerFor(Weather::kRefusing, &exchange);
  } else if (weather_ != Weather::kClear || !Special(&exchange)) {
    AnswerFor(weather_, &exchange);
  }
  return exchange;
}

// Some events have a fate of their own while all others pass.
bool SimServer::Special(Exchange* exchange) {
  const Seen& seen = exchange->seen;
  if (StartsWith(seen.name, "poison")) {
    Http(500, ErrorBody("INTERNAL"), VerdictKind::kRetry, exchange);
  } else if (StartsWith(seen.name, "cursed")) {
    Fail(NetworkError::kBroken, exchange);
  } else if (StartsWith(seen.name, "bad")) {
    Http(422, ErrorBody("VALIDATION_ERROR"), VerdictKind::kRejected, exchange);
  } else if (StartsWith(seen.name, "forbidden")) {
    Http(403, "no", VerdictKind::kRejected, exchange);
  } else if (StartsWith(seen.name, "odd")) {
    Odd(exchange);
  } else if (StartsWith(seen.json, "\"ghost")) {
    Http(404, ErrorBody("ENTRY_NOT_FOUND"), VerdictKind::kUnknownUser, exchange);
  } else {
    return false;
  }
  return true;
}

void SimServer::Http(int status, const std::string& body, VerdictKind expected,
                     Exchange* exchange) {
  exchange->response.status = status;
  exchange->response.TakeBody(body);
  exchange->response.date = "Sun, 06 Nov 1994 08:49:37 GMT";
  exchange->expected = expected;
}

void SimServer::Event(Exchange* exchange) {
  exchange->takes = true;
  Http(random_.Below(2) == 0 ? 200 : 201, kEntry, VerdictKind::kDelivered, exchange);
}

void SimServer::Throttle(Exchange* exchange) {
  Http(random_.Below(2) == 0 ? 429 : 503, ErrorBody("SLOW_DOWN"), VerdictKind::kRetry, exchange);
  switch (random_.Below(4)) {
    case 0:
      return;
    case 1:  // 1 to 9 minutes after the response's own date
      exchange->response.retry_after =
          "Sun, 06 Nov 1994 08:5" + std::to_string(1 + random_.Below(9)) + ":37 GMT";
      return;
    case 2:
      exchange->response.retry_after = std::to_string(random_.Below(100'000));
      return;
    default:
      exchange->response.retry_after = std::to_string(random_.Below(120));
  }
}

// Over TLS an object or nothing counts as delivered, a page as unconfirmed; over plain http each of
// them may be anybody's.
void SimServer::Odd(Exchange* exchange) {
  const bool page = random_.Below(2) == 0;
  exchange->takes = !page;
  exchange->ambiguous = !page && !tls_;
  const VerdictKind over_tls = page ? VerdictKind::kUnconfirmed : VerdictKind::kDelivered;
  const int status = random_.Below(2) == 0 ? 200 : 202;
  const char* body = kPage;
  if (!page) body = random_.Below(2) == 0 ? "{}" : "";
  Http(status, body, tls_ ? over_tls : VerdictKind::kPortal, exchange);
}

void SimServer::Fail(NetworkError error, Exchange* exchange) {
  exchange->response = Response();
  exchange->response.error = error;
  exchange->response.error_text = "as simulated";
  exchange->response.connected = error == NetworkError::kBroken || error == NetworkError::kTimeout;
  exchange->expected = VerdictKind::kNetwork;
  if (error == NetworkError::kBroken || error == NetworkError::kTimeout) return;
  exchange->sent_at = -1;
  exchange->ends_at = exchange->begun_at + 1 + random_.Below(3'000);
}

// Before, during or after sending, or within the answer.
void SimServer::CutConnection(Exchange* exchange) {
  switch (random_.Below(4)) {
    case 0:
      return Fail(NetworkError::kConnect, exchange);
    case 1:
      Fail(NetworkError::kBroken, exchange);
      exchange->sent_at = -1;
      return;
    case 2:
      Fail(NetworkError::kBroken, exchange);
      break;
    default:
      Fail(NetworkError::kBroken, exchange);
      exchange->response.status = 200;
      exchange->expected = VerdictKind::kRetry;
      if (random_.Below(2) == 0) break;
      // Behind the confirmation.
      exchange->response.TakeBody(kEntry);
      exchange->expected = VerdictKind::kDelivered;
      exchange->takes = true;
      return;
  }
  exchange->takes = exchange->ambiguous = true;
}

void SimServer::AnswerFor(Weather weather, Exchange* exchange) {
  static const int kErrors[] = {500, 502, 504, 408, 425, 599};
  static const int kConfigurations[] = {402, 404, 405, 410, 426, 301, 307};
  static const int kRejections[] = {400, 413, 415, 422, 403, 409, 451};
  static const int kPortals[] = {407, 511};
  const auto redirect = [this](int status) {
    return status < 400 && !tls_ ? VerdictKind::kPortal : VerdictKind::kConfiguration;
  };
  int status = 0;
  switch (weather) {
    case Weather::kClear:
      return Event(exchange);
    case Weather::kFlaky:
      if (random_.Below(3) != 0) return Event(exchange);
      return AnswerFor(static_cast<Weather>(2 + random_.Below(kWeathers - 2)), exchange);
    case Weather::kServerErrors:
      return Http(kErrors[random_.Below(6)], "", VerdictKind::kRetry, exchange);
    case Weather::kThrottling:
      return Throttle(exchange);
    case Weather::kRefusing:
      return Http(random_.Below(2) == 0 ? 401 : 403, ErrorBody("UNAUTHORIZED"),
                  VerdictKind::kCredentials, exchange);
    case Weather::kMisconfigured:
      status = kConfigurations[random_.Below(7)];
      return Http(status, ErrorBody("PROJECT"), redirect(status), exchange);
    case Weather::kRejecting:
      return Http(kRejections[random_.Below(7)], "no", VerdictKind::kRejected, exchange);
    case Weather::kUnknownUsers:
      return Http(404, ErrorBody("ENTRY_NOT_FOUND"), VerdictKind::kUnknownUser, exchange);
    case Weather::kOdd:
      return Odd(exchange);
    case Weather::kMisdirecting:
      return Http(421, "", VerdictKind::kMisdirected, exchange);
    case Weather::kPortal:
      return Http(kPortals[random_.Below(2)], kPage, VerdictKind::kPortal, exchange);
    case Weather::kNoDns:
      return Fail(NetworkError::kResolve, exchange);
    case Weather::kNoConnect:
      return Fail(NetworkError::kConnect, exchange);
    case Weather::kBadTls:
      return Fail(NetworkError::kTls, exchange);
    case Weather::kBlackHole:
      Fail(NetworkError::kTimeout, exchange);
      exchange->takes = random_.Below(2) == 0;
      exchange->ambiguous = true;
      exchange->ends_at = exchange->begun_at + 30'000;
      return;
    case Weather::kCutting:
      return CutConnection(exchange);
  }
}

}  // namespace embeddables::test
