#include "samples/cli/reasons.h"

#include "samples/cli/explain.h"
#include "samples/cli/print.h"

namespace cli {

using namespace embeddables;

namespace {

// What is waited for: "the person's consent".
const char* Meaning(WaitingFor waiting_for) {
  switch (waiting_for) {
    case WaitingFor::kNothing:
      return "nothing holds it up";
    case WaitingFor::kConsent:
      return "the person's consent (embeddables-agent consent given)";
    case WaitingFor::kIdentity:
      return "somebody to be identified";
    case WaitingFor::kOffline:
      return "a network";
    case WaitingFor::kPaused:
      return "the program, which has paused sending";
    case WaitingFor::kBackoff:
      return "a time of their own";
    case WaitingFor::kCredentials:
      return "a key, project or URL that the server accepts";
    case WaitingFor::kBreaker:
      return "an answer: none came, or only a portal's or a proxy's";
    case WaitingFor::kOtherProcess:
      return "another process, which sends for this store";
    case WaitingFor::kStore:
      return "the store, or a file beside it, which cannot be used";
    case WaitingFor::kUnknownUser:
      return "the server to know the person, who must have an entry in the embeddable";
    case WaitingFor::kServer:
      return "the server, which could not take it or asked everybody to wait";
  }
  return "";
}

std::string Details(const Reason& reason, const OptionSet* options) {
  std::string text = Meaning(reason.waiting_for);
  const std::string words = Words(reason, options);
  if (!words.empty()) text += " (" + words + ")";
  if (reason.since >= std::chrono::seconds(1)) text += ", for " + Duration(reason.since);
  if (reason.next_try.count() > 0) text += ", next try in " + Duration(reason.next_try);
  return text;
}

// What a process keeps to itself ends with it: until when it lets a refused key or a dead network
// be. The next one does not know of it. Empty: the wait is the store's, or has no end of its own.
const char* NextCall(WaitingFor waiting_for) {
  if (waiting_for == WaitingFor::kOffline) return "; the next call tries as soon as there is one";
  const bool own = waiting_for == WaitingFor::kCredentials || waiting_for == WaitingFor::kBreaker;
  return own ? "; the next call tries at once" : "";
}

}  // namespace

std::string Duration(std::chrono::milliseconds time) {
  const auto seconds = time.count() / 1000;
  if (seconds < 120) return std::to_string(seconds) + " s";
  if (seconds < 120 * 60) return std::to_string(seconds / 60) + " min";
  if (seconds < 48 * 3600) return std::to_string(seconds / 3600) + " h";
  return std::to_string(seconds / (24 * 3600)) + " days";
}

std::string Words(const Reason& reason, const OptionSet* options) {
  std::string words = Printable(ExplainNews(reason.words, options));
  const std::string status = "HTTP " + std::to_string(reason.http_status);
  if (reason.http_status == 0 || words.compare(0, status.size(), status) == 0) return words;
  return words.empty() ? status : status + ": " + words;
}

std::string Explanation(const Reason& reason) {
  if (reason.waiting_for == WaitingFor::kNothing) return Meaning(reason.waiting_for);
  return "waits for " + Details(reason, nullptr);
}

// The agent has ended by then: it paused itself, and what was being sent is not any more.
std::string ExplainPending(std::uint64_t pending, std::uint64_t own, Reason reason,
                           const OptionSet& options) {
  std::string text = std::to_string(pending) + (pending == 1 ? " event waits" : " events wait");
  if (own != pending) text += " (" + std::to_string(own) + " of this call)";
  switch (reason.waiting_for) {
    case WaitingFor::kNothing:
      return text + " for more time: --timeout was over before they were sent";
    case WaitingFor::kPaused:
      return text + " for the next start";
    default:
      break;
  }
  const std::string next_call = NextCall(reason.waiting_for);
  if (!next_call.empty()) reason.next_try = std::chrono::milliseconds(0);
  return text + " for " + Details(reason, &options) + next_call;
}

}  // namespace cli
