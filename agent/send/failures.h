// Remembers which events failed last, to find out whether the event or the network is at fault. An
// event that fails again without an answer, while others were delivered in between, is at fault
// itself. Ids are those of rows and of early events; no clock, no I/O.

#ifndef EMBEDDABLES_AGENT_SEND_FAILURES_H_
#define EMBEDDABLES_AGENT_SEND_FAILURES_H_

#include <cstdint>
#include <unordered_map>

namespace embeddables {

class Failures {
 public:
  // A probe tries a different event from this one, if there is one. 0: none failed.
  std::int64_t last() const { return last_; }
  void SetLast(std::int64_t id) { last_ = id; }
  void Delivered(std::int64_t id);
  // The event got no answer. True: others were delivered since that last happened to it.
  bool Unanswered(std::int64_t id);
  bool Remembers(std::int64_t id) const { return id == last_ || failed_at_.count(id) != 0; }
  void Renumbered(std::int64_t id, std::int64_t now_known_as);
  // Numbers mean other events now.
  void Clear();

 private:
  std::int64_t last_ = 0;
  std::uint64_t deliveries_ = 0;
  // The number of deliveries at the time when an event got no answer.
  std::unordered_map<std::int64_t, std::uint64_t> failed_at_;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_SEND_FAILURES_H_
