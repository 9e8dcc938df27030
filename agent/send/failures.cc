#include "agent/send/failures.h"

#include <cstddef>

namespace embeddables {
namespace {

constexpr std::size_t kRemembered = 256;

}  // namespace

void Failures::Delivered(std::int64_t id) {
  ++deliveries_;
  failed_at_.erase(id);
}

bool Failures::Unanswered(std::int64_t id) {
  const auto before = failed_at_.find(id);
  if (before != failed_at_.end() && before->second < deliveries_) {
    before->second = deliveries_;
    return true;
  }
  if (failed_at_.size() >= kRemembered) failed_at_.clear();
  failed_at_[id] = deliveries_;
  return false;
}

void Failures::Renumbered(std::int64_t id, std::int64_t now_known_as) {
  if (last_ == id) last_ = now_known_as;
  const auto failed = failed_at_.find(id);
  if (failed == failed_at_.end()) return;
  const std::uint64_t deliveries = failed->second;
  failed_at_.erase(failed);
  failed_at_[now_known_as] = deliveries;
}

void Failures::Clear() {
  failed_at_.clear();
  last_ = 0;
}

}  // namespace embeddables
