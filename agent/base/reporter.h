// Tells the host outcomes and log lines, which it pulls from two bounded rings or gets by callback.
// Any thread may write and read; a full ring overwrites its oldest entry and counts the loss.

#ifndef EMBEDDABLES_AGENT_BASE_REPORTER_H_
#define EMBEDDABLES_AGENT_BASE_REPORTER_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "agent/base/mutex.h"
#include "embeddables/agent.h"

namespace embeddables {

// Copies as much of the text as fits, cut between UTF-8 characters and null-terminated.
inline void CopyText(std::string_view text, char* out, std::size_t capacity) {
  std::size_t size = text.size() < capacity ? text.size() : capacity - 1;
  while (size > 0 && size < text.size() &&
         (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) {
    --size;
  }
  text.copy(out, size);
  out[size] = '\0';
}
template <std::size_t N>
void CopyText(std::string_view text, char (&out)[N]) {
  CopyText(text, out, N);
}

// Both types end with their text, most of which is unused.
inline std::size_t UsedBytes(const Outcome& outcome) {
  return offsetof(Outcome, message) + std::strlen(outcome.message);
}
inline std::size_t UsedBytes(const LogLine& line) {
  return offsetof(LogLine, text) + std::strlen(line.text);
}

// Keeps only the used bytes of each entry.
template <class T>
class OverwritingRing {
  static_assert(std::is_trivially_copyable_v<T>, "kept as bytes");

 public:
  explicit OverwritingRing(std::size_t capacity) : capacity_(capacity) {}

  void Push(const T& entry) {
    const MutexLock lock(mutex_);
    if (entries_.size() >= capacity_) {
      ++lost_;
      if (entries_.empty()) return;
      entries_.pop_front();
    }
    entries_.emplace_back(reinterpret_cast<const char*>(&entry), UsedBytes(entry));
  }

  std::size_t Take(T* out, std::size_t count) {
    const MutexLock lock(mutex_);
    std::size_t taken = 0;
    for (; taken < count && !entries_.empty(); ++taken) {
      const std::string& entry = entries_.front();
      out[taken] = T();
      entry.copy(reinterpret_cast<char*>(&out[taken]), entry.size());
      entries_.pop_front();
    }
    return taken;
  }

  std::uint64_t lost() const {
    const MutexLock lock(mutex_);
    return lost_;
  }

 private:
  const std::size_t capacity_;
  mutable Mutex mutex_;
  std::deque<std::string> entries_ EMB_GUARDED_BY(mutex_);
  std::uint64_t lost_ EMB_GUARDED_BY(mutex_) = 0;
};

class Reporter {
 public:
  explicit Reporter(const Config& config)
      : config_(config), outcomes_(config.outcome_capacity), log_(config.outcome_capacity) {}

  // Until this call no callback runs, and reports wait: Start runs on the host's thread, and the
  // host may hold a lock there that its callback wants.
  void LetCallbacks();

  void Tell(const Outcome& outcome);
  // Reports about the agent, not about one event.
  void Tell(OutcomeKind kind, std::string_view message);
  void TellDropped(DropReason reason, std::uint64_t count);
  void Log(LogLevel level, std::string_view text);

  std::size_t TakeOutcomes(Outcome* out, std::size_t count) { return outcomes_.Take(out, count); }
  std::size_t TakeLog(LogLine* out, std::size_t count) { return log_.Take(out, count); }
  std::uint64_t outcomes_lost() const { return outcomes_.lost(); }
  std::uint64_t log_lines_lost() const { return log_.lost(); }

 private:
  const Config& config_;
  // For the thread that runs the agent: first Start's, then its own.
  bool calls_ = false;
  std::vector<Outcome> early_outcomes_;
  std::vector<LogLine> early_lines_;
  OverwritingRing<Outcome> outcomes_;
  OverwritingRing<LogLine> log_;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_BASE_REPORTER_H_
