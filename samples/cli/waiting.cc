#include "samples/cli/waiting.h"

#include <chrono>

namespace cli {

using namespace embeddables;

namespace {

const char* Words(WaitingFor waiting_for) {
  switch (waiting_for) {
    case WaitingFor::kNothing:
      return "more time: they were being sent when --timeout was over";
    case WaitingFor::kConsent:
      return "consent (embeddables-agent consent given)";
    case WaitingFor::kIdentity:
      return "somebody to be identified";
    case WaitingFor::kOffline:
      return "a network";
    case WaitingFor::kPaused:
      return "the next start";
    case WaitingFor::kBackoff:
      return "retry times of their own";
    case WaitingFor::kCredentials:
      return "another key, project or URL";
    case WaitingFor::kBreaker:
      return "an answer from the endpoint";
    case WaitingFor::kOtherProcess:
      return "another process, which sends for this store";
    case WaitingFor::kStore:
      return "the store";
    case WaitingFor::kUnknownUser:
      return "the server to know their person, who must have an entry in the embeddable";
    case WaitingFor::kServer:
      return "the server";
  }
  return "something that this version does not know";
}

std::string Duration(std::chrono::milliseconds time) {
  const auto seconds = (time.count() + 999) / 1000;
  if (seconds < 120) return std::to_string(seconds) + " s";
  if (seconds < 120 * 60) return std::to_string(seconds / 60) + " min";
  return std::to_string(seconds / 3600) + " h";
}

}  // namespace

std::string Explain(const Reason& reason) {
  std::string text = Words(reason.waiting_for);
  if (reason.since.count() > 0) text += ", for " + Duration(reason.since);
  if (reason.next_try.count() > 0) text += ", next try in " + Duration(reason.next_try);
  const std::string words = reason.words;
  const std::string status = "HTTP " + std::to_string(reason.http_status);
  if (reason.http_status != 0 && words.compare(0, status.size(), status) != 0) {
    text += ": " + status;
  }
  return words.empty() ? text : text + ": " + words;
}

std::string ExplainPending(std::uint64_t pending, std::uint64_t own, const Reason& reason) {
  std::string text = std::to_string(pending) + (pending == 1 ? " event waits" : " events wait");
  if (own != pending) text += " (" + std::to_string(own) + " of this call)";
  return text + " for " + Explain(reason);
}

}  // namespace cli
