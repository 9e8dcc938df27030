// Events that are still in the intake and may be sent from there, so that one which is delivered
// soon never touches the disk.
//
// Such an event has an id of its own kind until a transaction of the store absorbs it (a fold).
// Then it is counted if it was delivered, and else becomes a row like any other, whatever is under
// way with it. Only "delivered" is settled before that, by a bit in the record itself: so after a
// death at any instruction it is known of each event whether it still has to be sent.
//
// Only plain events are offered, those before the first record that says who is known from there
// on; that one asks for a fold, as does a critical event. Everything runs on the agent's thread.

#ifndef EMBEDDABLES_AGENT_INTAKE_YOUNG_H_
#define EMBEDDABLES_AGENT_INTAKE_YOUNG_H_

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_set>

#include "agent/intake/intake.h"

namespace embeddables {

class Young {
 public:
  // An id of such an event; those of rows are smaller, those of volatile rows negative.
  static bool Is(std::int64_t id) { return id >= kFirst; }

  // Without it nothing is ever young.
  void Use(Intake* intake);
  bool on() const { return intake_ != nullptr; }
  // Nothing that Look has seen is in the intake any more.
  bool empty() const { return looked_to_ == intake_->ReadPosition() && claimed_.empty(); }
  // From now on nothing is young. Only when it is empty.
  void Leave() { intake_ = nullptr; }

  // --- The worker's.
  struct News {
    std::uint64_t events = 0;
    std::int64_t since = 0;  // when the first was tracked, boot clock
  };
  // Takes note of what came into the intake.
  News Look();
  std::uint64_t looked_to() const { return looked_to_; }
  // There is something that cannot stay.
  bool must_fold() const { return must_fold_; }
  // When the oldest event that is not delivered was tracked, boot clock; -1: there is none.
  std::int64_t OldestSince();
  std::uint64_t pending() const { return events_ - delivered_; }
  std::uint64_t delivered() const { return delivered_; }
  std::int64_t delivered_since() const { return delivered_since_; }  // if there are any
  // Is it with the courier? Then its id.
  bool Claimed(std::uint64_t at, std::int64_t* id) const;
  // The intake has freed what was read: so many events, so many of them delivered. Returns how many
  // of the events Look had not told.
  std::uint64_t Freed(std::uint64_t events, std::uint64_t delivered);

  // --- The courier's.
  // The next event that is neither delivered nor claimed, and claims it; *bytes is valid until the
  // intake frees it.
  bool Next(std::int64_t* id, std::string_view* bytes);
  void Unclaim(std::int64_t id);
  bool Claims(std::int64_t id) const { return claimed_.count(At(id)) != 0; }
  std::size_t claims() const { return claimed_.size(); }
  // It is not offered again.
  void Skip(std::int64_t id) { claimed_.erase(At(id)); }
  void Delivered(std::int64_t id, std::int64_t now);

 private:
  static constexpr std::int64_t kFirst = std::int64_t{1} << 62;

  static std::uint64_t At(std::int64_t id) { return static_cast<std::uint64_t>(id - kFirst); }

  Intake* intake_ = nullptr;
  // Positions in the intake, each at or behind what was freed.
  std::uint64_t looked_to_ = 0;
  std::uint64_t oldest_ = 0;  // all before it is delivered
  std::uint64_t next_ = 0;    // all before it was offered, or is claimed
  // Between what was freed and looked_to_.
  std::uint64_t events_ = 0, delivered_ = 0;
  std::int64_t delivered_since_ = 0;
  bool must_fold_ = false;
  std::unordered_set<std::uint64_t> claimed_;  // positions
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_INTAKE_YOUNG_H_
