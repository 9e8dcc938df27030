#include "agent/send/reasons.h"

#include <algorithm>
#include <utility>

#include "agent/base/reporter.h"

namespace embeddables {
namespace {

// A server that fails and recovers every minute must not fill a log.
constexpr std::int64_t kTellAgainMs = 15 * 60'000;

std::string Duration(std::chrono::milliseconds time) {
  const auto seconds = (time.count() + 999) / 1000;
  if (seconds < 120) return std::to_string(seconds) + " s";
  if (seconds < 120 * 60) return std::to_string(seconds / 60) + " min";
  return std::to_string(seconds / 3600) + " h";
}

}  // namespace

WaitingFor ReasonFor(Cause cause) {
  switch (cause) {
    case Cause::kServer:
      return WaitingFor::kServer;
    case Cause::kCredentials:
      return WaitingFor::kCredentials;
    case Cause::kNetwork:
    case Cause::kTls:
    case Cause::kPortal:
      return WaitingFor::kBreaker;
    case Cause::kUnknownUser:
      return WaitingFor::kUnknownUser;
    case Cause::kUnconfirmed:
      break;
  }
  return WaitingFor::kBackoff;
}

Reason Holdup::At(BootTime now) const {
  Reason told = reason;
  if (told.waiting_for == WaitingFor::kNothing) return told;
  told.since = std::chrono::milliseconds(std::max<std::int64_t>(0, now - since));
  if (!until.IsNever()) {
    told.next_try = std::chrono::milliseconds(std::max<std::int64_t>(0, until - now));
  }
  return told;
}

std::string Describe(const Reason& reason) {
  std::string text = Name(reason.waiting_for);
  if (reason.since.count() > 0) text += ", for " + Duration(reason.since);
  if (reason.next_try.count() > 0) text += ", next try in " + Duration(reason.next_try);
  const std::string words = WithStatus(reason.http_status, reason.words);
  return words.empty() ? text : text + ": " + words;
}

std::string WithStatus(int http_status, std::string_view words) {
  const std::string status = "HTTP " + std::to_string(http_status);
  if (http_status == 0 || words.substr(0, status.size()) == status) return std::string(words);
  return words.empty() ? status : status + ": " + std::string(words);
}

bool Reasons::Failed(Cause cause, int http_status, std::string_view words, BootTime now) {
  Said& it = said(cause);
  it.http_status = http_status;
  it.words = std::string(words);
  if (cause != Cause::kCredentials && cause != Cause::kUnknownUser) {
    last_ = cause;
    if (!std::exchange(failing_, true)) failing_since_ = now;
  }
  if (it.told || now < it.next_tell) return false;
  it.told = true;
  it.next_tell = now + kTellAgainMs;
  return true;
}

void Reasons::Delivered() {
  for (Said& each : said_) each.told = false;
  failing_ = false;
  shown_ = WaitingFor::kNothing;
}

void Reasons::TellAgain(Cause cause) {
  said(cause).told = false;
  said(cause).next_tell = BootTime();
}

void Reasons::EraseWords() {
  for (Said& each : said_) {
    std::fill(each.words.begin(), each.words.end(), '\0');
    each.words.clear();
    each.http_status = 0;
  }
  failing_ = false;
}

const Reasons::Said* Reasons::Behind(WaitingFor why) const {
  switch (why) {
    case WaitingFor::kServer:
      return &said(Cause::kServer);
    case WaitingFor::kCredentials:
      return &said(Cause::kCredentials);
    case WaitingFor::kUnknownUser:
      return &said(Cause::kUnknownUser);
    case WaitingFor::kBackoff:
    case WaitingFor::kBreaker:
      return &said(last_);
    case WaitingFor::kNothing:
    case WaitingFor::kConsent:
    case WaitingFor::kIdentity:
    case WaitingFor::kOffline:
    case WaitingFor::kPaused:
    case WaitingFor::kOtherProcess:
    case WaitingFor::kStore:
      break;
  }
  return nullptr;
}

Holdup Reasons::Explain(WaitingFor why, BootTime until, std::string_view words, bool under_way,
                        BootTime now) {
  Holdup holdup;
  if (why != shown_ && !(why == WaitingFor::kNothing && under_way)) {
    const bool failure = why == WaitingFor::kServer || why == WaitingFor::kBreaker;
    shown_ = why;
    since_ = failure && failing_ ? failing_since_ : now;
  }
  if (why == WaitingFor::kNothing) return holdup;
  holdup.reason.waiting_for = why;
  holdup.since = since_;
  holdup.until = until;
  const Said* said = Behind(why);
  if (said != nullptr) holdup.reason.http_status = said->http_status;
  CopyText(said != nullptr && !said->words.empty() ? said->words : words, holdup.reason.words);
  return holdup;
}

}  // namespace embeddables
