// Early events: they are still in the intake and may be sent from there, so that an event that is
// delivered soon never touches the disk.
//
// Such an event has an id of its own kind until a transaction of the store absorbs it. It is then
// counted if it was delivered, and otherwise becomes a row like any other, even while it is being
// sent. Only "delivered" is settled before that, by a bit in the record itself: so wherever the
// process dies, it is known of each event whether it still has to be sent.
//
// Only plain events are offered, and only those before the first record that changes the identity;
// such a record, like a critical event, asks to be absorbed. Everything runs on the agent's thread.

#ifndef EMBEDDABLES_AGENT_INTAKE_EARLY_EVENTS_H_
#define EMBEDDABLES_AGENT_INTAKE_EARLY_EVENTS_H_

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_set>

#include "agent/base/time.h"
#include "agent/intake/intake.h"

namespace embeddables {

class EarlyEvents {
 public:
  // Is this the id of an early event? Ids of rows are smaller, those of volatile rows negative.
  static bool Is(std::int64_t id) { return id >= kFirst; }

  // Turns early events on; without this call there are none.
  void Use(Intake* intake);
  bool on() const { return intake_ != nullptr; }
  // True if no record that Look has seen is in the intake any more.
  bool empty() const { return looked_to_ == intake_->ReadPosition() && claimed_.empty(); }
  // Turns early events off. Allowed only when this is empty.
  void Leave() { intake_ = nullptr; }

  // --- The worker's.
  struct News {
    std::uint64_t events = 0;
    BootTime since;  // when the first one was tracked
  };
  // Takes note of new records in the intake.
  News Look();
  std::uint64_t looked_to() const { return looked_to_; }
  // True: some record cannot stay in the intake.
  bool must_absorb() const { return must_absorb_; }
  // When the oldest event that is not delivered was tracked; never: there is none.
  BootTime OldestSince();
  std::uint64_t pending() const { return events_ - delivered_; }
  std::uint64_t delivered() const { return delivered_; }
  BootTime delivered_since() const { return delivered_since_; }  // valid if there are any
  // Does the courier have the event? If so, *id is its id.
  bool Claimed(std::uint64_t at, std::int64_t* id) const;
  // The intake has freed the records that were read: `events` events, `delivered` of them
  // delivered. Returns how many of the events Look had not reported.
  std::uint64_t Freed(std::uint64_t events, std::uint64_t delivered);

  // --- The courier's.
  // Claims the next event that is neither delivered nor claimed; *bytes is valid until the intake
  // frees it.
  bool Next(std::int64_t* id, std::string_view* bytes);
  void Unclaim(std::int64_t id);
  bool Claims(std::int64_t id) const { return claimed_.count(At(id)) != 0; }
  std::size_t claims() const { return claimed_.size(); }
  // The event is not offered again.
  void Skip(std::int64_t id) { claimed_.erase(At(id)); }
  void Delivered(std::int64_t id, BootTime now);

 private:
  static constexpr std::int64_t kFirst = std::int64_t{1} << 62;

  static std::uint64_t At(std::int64_t id) { return static_cast<std::uint64_t>(id - kFirst); }

  Intake* intake_ = nullptr;
  // Positions in the intake, none of them in the freed part.
  std::uint64_t looked_to_ = 0;
  std::uint64_t oldest_ = 0;  // all events before it are delivered
  std::uint64_t next_ = 0;    // all events before it were offered
  // Counts between the freed part and looked_to_.
  std::uint64_t events_ = 0, delivered_ = 0;
  BootTime delivered_since_;
  bool must_absorb_ = false;
  std::unordered_set<std::uint64_t> claimed_;  // positions
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_INTAKE_EARLY_EVENTS_H_
