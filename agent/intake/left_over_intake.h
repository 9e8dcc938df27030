// A left-over intake: the records of a dead process (see intake_layout.h), read by another process.
//
// Nobody vouches for the bytes: no cursor and no length is trusted.

#ifndef EMBEDDABLES_AGENT_INTAKE_LEFT_OVER_INTAKE_H_
#define EMBEDDABLES_AGENT_INTAKE_LEFT_OVER_INTAKE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/intake/intake_origin.h"

namespace embeddables {

class LeftOverIntake {
 public:
  enum class State : std::uint8_t {
    kEmpty,    // the process died before the first record could come
    kUnknown,  // another version's: must not be touched
    kDamaged,  // nothing can be read from it
    kWhole,
  };
  explicit LeftOverIntake(std::string bytes = {});

  State state() const { return state_; }
  std::int64_t instance() const { return instance_; }

  // The database of the events, if it is named and can be read.
  bool has_origin() const { return has_origin_; }
  const IntakeOrigin& origin() const { return origin_; }

  // Rows of the store that had been delivered and may not have been settled.
  const std::vector<std::int64_t>& delivered_rows() const { return delivered_rows_; }

  // For the copy of a live process's intake: a record that is reserved and not begun yet ends the
  // reading, because the copy may have its bytes without its first word.
  void StopAtUnwritten() { alive_ = true; }
  std::string_view bytes() const { return bytes_; }
  // Everything before this position was absorbed.
  void SkipTo(std::uint64_t position);
  // Finds the next committed record, a view into this; false: there is none, or the rest is
  // damaged.
  bool Next(std::string_view* record);
  // Returns how many delivered events Next has skipped since the last call.
  std::uint64_t TakeDelivered() { return std::exchange(delivered_, 0); }
  // The position after the record that Next gave; at the end, after everything.
  std::uint64_t position() const { return at_; }
  std::uint64_t end() const { return end_; }
  bool damaged() const { return damaged_; }

 private:
  std::uint64_t Word(std::uint64_t unit) const;
  void ReadDeliveredRows(std::size_t list);

  std::string bytes_;
  State state_ = State::kDamaged;
  std::int64_t instance_ = 0;
  std::uint64_t units_ = 0;
  std::uint64_t at_ = 0;
  std::uint64_t end_ = 0;
  std::uint64_t delivered_ = 0;
  bool damaged_ = false;
  bool alive_ = false;
  bool has_origin_ = false;
  IntakeOrigin origin_;
  std::vector<std::int64_t> delivered_rows_;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_INTAKE_LEFT_OVER_INTAKE_H_
