#include "agent/intake/intake.h"

#include <cstring>
#include <new>

#include "agent/base/check.h"

namespace embeddables {

using intake::Header;
using intake::kBusy;
using intake::kCountMask;
using intake::kDelivered;
using intake::kPad;
using intake::kUnitBits;
using intake::kUnitBytes;
using intake::kUnitMask;
using intake::Units;

namespace {

constexpr std::align_val_t kAlignment{alignof(Header)};

std::uint64_t RingUnits(std::size_t bytes) {
  std::uint64_t units = 1024;
  while (units * kUnitBytes < bytes) units *= 2;
  return units;
}

}  // namespace

Intake::~Intake() { ::operator delete(own_, kAlignment); }

std::size_t Intake::BlockBytes(std::size_t bytes) {
  return sizeof(Header) + intake::BytesOfUnits(RingUnits(bytes)) + sizeof(intake::DeliveredRows) +
         sizeof(intake::Origins) + sizeof(intake::StatusPage);
}

bool Intake::Allocate(std::size_t bytes) {
  EMB_CHECK(own_ == nullptr);
  own_ = ::operator new(BlockBytes(bytes), kAlignment, std::nothrow);
  if (own_ == nullptr) return false;
  std::memset(own_, 0, BlockBytes(bytes));
  Use(static_cast<char*>(own_), bytes, 0);
  return true;
}

void Intake::Use(char* block, std::size_t bytes, std::int64_t instance,
                 const intake::Origin& origin) {
  header_ = new (block) Header{};
  header_->layout = intake::kLayout;
  header_->header_bytes = sizeof(Header);
  header_->instance = static_cast<std::uint64_t>(instance);
  header_->units = units_ = RingUnits(bytes);
  words_ = reinterpret_cast<std::atomic<std::uint64_t>*>(block + sizeof(Header));
  delivered_rows_ = new (static_cast<void*>(words_ + units_)) intake::DeliveredRows{};
  origins_ = new (static_cast<void*>(delivered_rows_ + 1)) intake::Origins{};
  status_page_ = new (static_cast<void*>(origins_ + 1)) intake::StatusPage{};
  SetOrigin(origin);
  header_->magic.store(intake::kMagic, std::memory_order_release);
}

void Intake::SetOrigin(const intake::Origin& origin) {
  const std::uint64_t next = 1 - origins_->current.load(std::memory_order_relaxed);
  origins_->origins[next] = origin;
  origins_->current.store(next, std::memory_order_release);
}

Intake::Slot Intake::Reserve(std::size_t bytes, bool control) {
  const std::uint64_t need = Units(bytes);
  const std::uint64_t limit = control ? units_ : units_ - kReservedBytes / kUnitBytes;
  std::uint64_t tail = header_->tail.load(std::memory_order_relaxed);
  for (;;) {
    if ((tail & intake::kClosed) != 0) return Slot();
    const std::uint64_t at = tail & kUnitMask;
    const std::uint64_t index = at & (units_ - 1);
    const std::uint64_t pad = index + need > units_ ? units_ - index : 0;
    // Acquire: callers see the worker's zeroes before they write over them.
    const std::uint64_t used = (at - header_->head.load(std::memory_order_acquire)) & kUnitMask;
    // A tail that was read before others moved on may lie behind head; the exchange below would
    // fail anyway.
    if (used > units_) {
      tail = header_->tail.load(std::memory_order_relaxed);
      continue;
    }
    if (used + pad + need > limit) return Slot();
    const std::uint64_t events = ((tail >> kUnitBits) + (control ? 0 : 1)) & kCountMask;
    const std::uint64_t next = ((at + pad + need) & kUnitMask) | (events << kUnitBits);
    // Sequentially consistent, like the worker's `sleeping` flag and its last look before sleep.
    if (!header_->tail.compare_exchange_weak(tail, next, std::memory_order_seq_cst,
                                             std::memory_order_relaxed)) {
      continue;
    }
    if (pad != 0) Word(at).store(kPad | pad, std::memory_order_release);
    Slot slot;
    slot.header = &Word(at + pad);
    slot.header->store(kBusy | bytes, std::memory_order_relaxed);
    // For a process that reads this after ours was killed: the compiler, too, must write the record
    // after this. Threads need no such order.
    std::atomic_signal_fence(std::memory_order_seq_cst);
    slot.data = reinterpret_cast<char*>(slot.header + 1);
    slot.word = bytes;
    slot.serial = at + pad;
    slot.end = next & kUnitMask;
    slot.half_full = used < units_ / 2 && used + pad + need >= units_ / 2;
    return slot;
  }
}

void Intake::AddDeliveredRow(std::int64_t row) {
  const std::uint64_t count = delivered_rows_->count.load(std::memory_order_relaxed);
  if (count >= intake::kMaxDelivered) return;
  EMB_CHECK(row > 0);
  delivered_rows_->rows[count].store(static_cast<std::uint64_t>(row), std::memory_order_relaxed);
  delivered_rows_->count.store(count + 1, std::memory_order_release);
}

std::uint64_t Intake::QueuedEvents() const {
  // Reads head first: it can only lie before the tail that is read later.
  const std::uint64_t head = header_->head.load(std::memory_order_acquire);
  const std::uint64_t tail = header_->tail.load(std::memory_order_acquire);
  return ((tail >> kUnitBits) - (head >> kUnitBits)) & kCountMask;
}

bool Intake::HalfFull() const {
  const std::uint64_t head = header_->head.load(std::memory_order_acquire);
  return ((Position() - head) & kUnitMask) >= units_ / 2;
}

bool Intake::Look(std::uint64_t from, Entry* entry) const {
  for (;;) {
    if (from == (header_->tail.load(std::memory_order_acquire) & kUnitMask)) return false;
    const std::uint64_t word = Word(from).load(std::memory_order_acquire);
    if (word == 0 || (word & kBusy) != 0) return false;  // reserved, not committed yet
    if ((word & kPad) == 0) {
      const auto bytes = static_cast<std::size_t>(word & ~kDelivered);
      entry->bytes = std::string_view(reinterpret_cast<const char*>(&Word(from) + 1), bytes);
      entry->at = from;
      entry->end = (from + Units(bytes)) & kUnitMask;
      entry->delivered = (word & kDelivered) != 0;
      return true;
    }
    from = (from + (word & ~kPad)) & kUnitMask;
  }
}

bool Intake::Read(std::string_view* record) {
  if (!Look(read_, &last_)) return false;
  *record = last_.bytes;
  EMB_CHECK(Reached(last_.at, read_) && Reached(Position(), last_.end));
  read_ = last_.end;
  if (last_.delivered) ++read_delivered_;
  return true;
}

void Intake::Rewind() {
  read_ = header_->head.load(std::memory_order_relaxed) & kUnitMask;
  read_delivered_ = 0;
}

// Frees the units in one piece. A process that is killed in here leaves a hole: the store may not
// know that those records were read (discarding a control record after a denial takes no
// transaction).
void Intake::Zero(std::uint64_t at, std::uint64_t units) {
  if (units == 0) return;
  std::atomic<std::uint64_t>& first = Word(at);
  first.store(kBusy | ((units - 1) * kUnitBytes), std::memory_order_relaxed);
  std::atomic_signal_fence(std::memory_order_seq_cst);
  std::memset(static_cast<void*>(&first + 1), 0, intake::BytesOfUnits(units - 1));
  std::atomic_signal_fence(std::memory_order_seq_cst);
  first.store(0, std::memory_order_relaxed);
}

void Intake::Free(std::uint64_t events) {
  const std::uint64_t head = header_->head.load(std::memory_order_relaxed);
  const std::uint64_t from = head & kUnitMask;
  const std::uint64_t units = (read_ - from) & kUnitMask;
  // free <= read <= write, and no more is freed than was read.
  EMB_CHECK(Reached(read_, from) && Reached(Position(), read_) && units <= units_);
  EMB_CHECK(read_delivered_ <= events && events <= QueuedEvents());
  const std::uint64_t index = from & (units_ - 1);
  const std::uint64_t first = index + units > units_ ? units_ - index : units;
  Zero(from, first);
  Zero(from + first, units - first);
  const std::uint64_t count = ((head >> kUnitBits) + events) & kCountMask;
  read_delivered_ = 0;
  header_->head.store(read_ | (count << kUnitBits), std::memory_order_release);
}

}  // namespace embeddables
