#include "agent/worker/state_log.h"

namespace embeddables {
namespace {

const char* Line(Breaker::State state) {
  switch (state) {
    case Breaker::State::kClosed:
      return "breaker: closed";
    case Breaker::State::kOpen:
      return "breaker: open";
    case Breaker::State::kHalfOpen:
      return "breaker: half open";
  }
  return "";
}

const char* Line(bool sender) {
  return sender ? "sender: this process" : "sender: not this process";
}

const char* Line(Trouble trouble) {
  switch (trouble) {
    case Trouble::kNone:
      return "store: no trouble";
    case Trouble::kClosed:
      return "store: not open";
    case Trouble::kDamaged:
      return "store: damaged";
    case Trouble::kLogGone:
      return "store: its log was removed";
    case Trouble::kMoved:
      return "store: its file was moved or replaced";
  }
  return "";
}

const char* Line(Consent consent) {
  switch (consent) {
    case Consent::kUnknown:
      return "consent: unknown";
    case Consent::kGiven:
      return "consent: given";
    case Consent::kDenied:
      return "consent: denied";
  }
  return "";
}

const char* Line(NetworkState network) {
  switch (network) {
    case NetworkState::kUnknown:
      return "network: unknown";
    case NetworkState::kAvailable:
      return "network: available";
    case NetworkState::kUnavailable:
      return "network: unavailable";
  }
  return "";
}

}  // namespace

template <class State>
void StateLog::Note(State now, State* said) {
  if (now == *said) return;
  *said = now;
  reporter_.Log(LogLevel::kDebug, Line(now));
}

void StateLog::Look() {
  Note(courier_.breaker(), &breaker_);
  Note(role_.IsSender(), &sender_);
  Note(store_->trouble(), &trouble_);
  Note(store_->consent(), &consent_);
  Note(courier_.network(), &network_);
}

}  // namespace embeddables
