#include "samples/cli/disk_wait.h"

#include <algorithm>

namespace cli {

using namespace embeddables;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

void Tracked::Accept(std::uint64_t line) {
  ++accepted_;
  if (lines_.size() == kMostLines) lines_.pop_front();
  lines_.push_back(line);
}

void Tracked::Stored(std::uint64_t delivered) {
  stored_ = accepted_;
  delivered_then_ = delivered;
}

std::uint64_t Tracked::StoredBut(std::uint64_t in_memory, std::uint64_t delivered) const {
  const std::uint64_t unsure = in_memory == 0 ? 0 : in_memory + (delivered - delivered_then_);
  return std::max(stored_, accepted_ - std::min(accepted_, unsure));
}

std::uint64_t Tracked::FirstLineAfter(std::uint64_t stored) const {
  const std::uint64_t after = accepted_ - std::min(accepted_, stored);
  if (after == 0 || lines_.empty()) return 0;
  return lines_[lines_.size() -
                static_cast<std::size_t>(std::min<std::uint64_t>(after, lines_.size()))];
}

DiskWait::DiskWait(milliseconds timeout, const EndSignals& signals, const Progress& progress,
                   Agent* agent, Tracked* tracked)
    : timeout_(timeout),
      signals_(signals),
      progress_(progress),
      agent_(agent),
      tracked_(*tracked) {}

bool DiskWait::Some(SteadyTime until, End* end) {
  // Between two looks at the signals.
  constexpr milliseconds kLook{200};
  if (agent_->Persist(kLook).ok()) {
    tracked_.Stored(progress_.own_delivered());
    return true;
  }
  if (signals_.came()) {
    if (AfterSignal() <= milliseconds(0)) *end = End::kSignal;
  } else if (steady_clock::now() >= until) {
    *end = End::kStoreStuck;
  }
  return false;
}

milliseconds DiskWait::Patience() const {
  return std::max<milliseconds>(timeout_ - seconds(1), milliseconds(0));
}

milliseconds DiskWait::AfterSignal() {
  const SteadyTime now = steady_clock::now();
  stop_by_ =
      std::min(stop_by_, now + std::clamp<milliseconds>(Patience(), seconds(1), seconds(10)));
  return std::chrono::duration_cast<milliseconds>(stop_by_ - now);
}

}  // namespace cli
