// The queue between callers and the worker: many threads put records in, one takes them out.
// Lock-free and bounded; nobody ever waits. It is one flat block of memory without pointers, laid
// out as intake_layout.h says. Invariants:
//   - a header word without kBusy is a whole record: the release store of the length is the commit;
//   - all units between tail and head are 0: the consumer zeroes what it frees, before head moves;
//   - records are freed only by Free, after the store has them, so a failed transaction loses none;
//   - of an event's possible ends only delivery is written here (early_events.h); the store counts
//     it with the position;
//   - the cursors move by one compare-and-swap each, so the number of queued events is always
//     exact.
// tests/model/ removes each of these precautions, and each memory order: each removal must fail.

#ifndef EMBEDDABLES_AGENT_INTAKE_INTAKE_H_
#define EMBEDDABLES_AGENT_INTAKE_INTAKE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "agent/intake/intake_layout.h"

namespace embeddables {

class Intake {
 public:
  // Room that only control records (identity, consent) may use: they are never refused for events.
  static constexpr std::size_t kReservedBytes = 16 * 1024;

  struct Slot {
    char* data = nullptr;      // null: there is no room
    std::uint64_t serial = 0;  // unique in this intake
    std::uint64_t end = 0;     // the position after it
    bool half_full = false;    // this record filled the first half: wake the worker
    std::atomic<std::uint64_t>* header = nullptr;
    std::uint64_t word = 0;
  };

  Intake() = default;
  ~Intake();
  Intake(const Intake&) = delete;
  Intake& operator=(const Intake&) = delete;

  // Allocates memory of its own. False: out of memory. Touches every page, so that callers need
  // not.
  bool Allocate(std::size_t bytes);
  // Uses a zeroed block of BlockBytes(bytes) that belongs to somebody else and must outlive this.
  void Use(char* block, std::size_t bytes, std::int64_t instance,
           const intake::Origin& origin = {});
  // The database has changed. For the worker only.
  void SetOrigin(const intake::Origin& origin);
  // Where the worker tells what only this process knows (live_status.h).
  intake::StatusPage* status_page() const { return status_page_; }
  std::size_t bytes() const { return intake::BytesOfUnits(units_); }
  // The size of the block for a ring of `bytes`, which is rounded up to a power of two.
  static std::size_t BlockBytes(std::size_t bytes);

  // May be called on any thread. Each Reserve that gave data must be followed by Commit.
  Slot Reserve(std::size_t bytes, bool control);
  void Close() { header_->tail.fetch_or(intake::kClosed, std::memory_order_seq_cst); }
  bool closed() const {
    return (header_->tail.load(std::memory_order_relaxed) & intake::kClosed) != 0;
  }
  static void Commit(const Slot& slot) { slot.header->store(slot.word, std::memory_order_release); }
  // Everything reserved before now lies before this position.
  std::uint64_t Position() const {
    return header_->tail.load(std::memory_order_seq_cst) & intake::kUnitMask;
  }
  std::uint64_t QueuedEvents() const;
  bool HalfFull() const;

  // A record in its place in the ring.
  struct Entry {
    std::string_view bytes;
    std::uint64_t at = 0;   // the record's position
    std::uint64_t end = 0;  // the position behind it
    bool delivered = false;
  };
  // For the worker only. Finds the first record at or after `from`; false if it is not there yet.
  bool Look(std::uint64_t from, Entry* entry) const;
  void SetDelivered(std::uint64_t at) {
    Word(at).fetch_or(intake::kDelivered, std::memory_order_release);
  }
  // Reads the next record without freeing it; false if it is not there yet.
  bool Read(std::string_view* record);
  const Entry& last() const { return last_; }  // the one that Read gave
  // Goes back to the first record that was not freed.
  void Rewind();
  // Frees all records that were read; `events` of them were events.
  void Free(std::uint64_t events);
  std::uint64_t ReadPosition() const { return read_; }

  // For the worker only. Notes rows of the store that were delivered, in case the process dies
  // before it settles them. Rows beyond kMaxDelivered are not noted.
  void AddDeliveredRow(std::int64_t row);
  void ClearDeliveredRows() { delivered_rows_->count.store(0, std::memory_order_release); }
  bool AnyDeliveredRows() const {
    return delivered_rows_->count.load(std::memory_order_relaxed) != 0;
  }
  // Counts delivered events among the records that were read and are not freed yet.
  std::uint64_t ReadDelivered() const { return read_delivered_; }

  // Has `position` reached `target`? Correct across the wrap of positions.
  static bool Reached(std::uint64_t position, std::uint64_t target) {
    return ((position - target) & intake::kUnitMask) < (intake::kUnitMask >> 1);
  }

 private:
  void Zero(std::uint64_t at, std::uint64_t units);
  std::atomic<std::uint64_t>& Word(std::uint64_t unit) const { return words_[unit & (units_ - 1)]; }

  void* own_ = nullptr;  // the memory, if it is the intake's own
  intake::Header* header_ = nullptr;
  std::atomic<std::uint64_t>* words_ = nullptr;
  intake::DeliveredRows* delivered_rows_ = nullptr;
  intake::Origins* origins_ = nullptr;
  intake::StatusPage* status_page_ = nullptr;
  std::uint64_t units_ = 0;
  // The worker's cursor.
  std::uint64_t read_ = 0;
  std::uint64_t read_delivered_ = 0;
  Entry last_;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_INTAKE_INTAKE_H_
