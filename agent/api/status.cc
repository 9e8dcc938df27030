#include <cstddef>
#include <cstdint>
#include <string_view>

#include "agent/base/reporter.h"
#include "embeddables/agent.h"

namespace embeddables {

Status::Status(StatusCode code, std::string_view message, std::string_view detail) : code_(code) {
  CopyText(message, message_, sizeof message_);
  const std::size_t used = message.size() + 2;
  if (detail.empty() || used + 1 >= sizeof message_) return;
  message_[used - 2] = ':';
  message_[used - 1] = ' ';
  CopyText(detail, message_ + used, sizeof message_ - used);
}

namespace {

constexpr const char* NameOf(DropReason reason) {
  switch (reason) {
    case DropReason::kRowBound:
      return "row_bound";
    case DropReason::kByteBound:
      return "byte_bound";
    case DropReason::kAge:
      return "age";
    case DropReason::kUnidentified:
      return "unidentified";
    case DropReason::kConsent:
      return "consent";
    case DropReason::kPurged:
      return "purged";
    case DropReason::kVolatile:
      return "volatile";
    case DropReason::kDamaged:
      return "damaged";
    case DropReason::kStoreFailed:
      return "store_failed";
  }
  return nullptr;
}

// The switch finds a reason without a name; this finds one that is not counted.
static_assert(NameOf(static_cast<DropReason>(kDropReasons - 1)) != nullptr &&
                  NameOf(static_cast<DropReason>(kDropReasons)) == nullptr,
              "kDropReasons is how many reasons to drop there are");

}  // namespace

const char* Name(DropReason reason) {
  const char* const name = NameOf(reason);
  return name != nullptr ? name : "unknown";
}

const char* Name(WaitingFor waiting_for) {
  switch (waiting_for) {
    case WaitingFor::kNothing:
      return "nothing";
    case WaitingFor::kConsent:
      return "consent";
    case WaitingFor::kIdentity:
      return "identity";
    case WaitingFor::kOffline:
      return "offline";
    case WaitingFor::kPaused:
      return "paused";
    case WaitingFor::kBackoff:
      return "backoff";
    case WaitingFor::kCredentials:
      return "credentials";
    case WaitingFor::kBreaker:
      return "breaker";
    case WaitingFor::kOtherProcess:
      return "other_process";
    case WaitingFor::kStore:
      return "store";
    case WaitingFor::kUnknownUser:
      return "unknown_user";
    case WaitingFor::kServer:
      return "server";
  }
  return "unknown";
}

const char* Name(OutcomeKind kind) {
  switch (kind) {
    case OutcomeKind::kDelivered:
      return "delivered";
    case OutcomeKind::kRejected:
      return "rejected";
    case OutcomeKind::kDropped:
      return "dropped";
    case OutcomeKind::kUnconfirmed:
      return "unconfirmed";
    case OutcomeKind::kUnknownUser:
      return "unknown_user";
    case OutcomeKind::kCredentials:
      return "credentials";
    case OutcomeKind::kNetwork:
      return "network";
    case OutcomeKind::kTls:
      return "tls";
    case OutcomeKind::kApiChanged:
      return "api_changed";
    case OutcomeKind::kNearBound:
      return "near_bound";
    case OutcomeKind::kStoreFailed:
      return "store_failed";
    case OutcomeKind::kStoreRecovered:
      return "store_recovered";
    case OutcomeKind::kStoreDamaged:
      return "store_damaged";
    case OutcomeKind::kServer:
      return "server";
    case OutcomeKind::kStoreFile:
      return "store_file";
  }
  return "unknown";
}

std::uint64_t Ledger::dropped_total() const {
  std::uint64_t total = 0;
  for (const std::uint64_t count : dropped) total += count;
  return total;
}

}  // namespace embeddables
