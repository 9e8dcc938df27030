// The bytes of an intake, as its own process writes them and as another one finds them after that
// one's death: a header, a ring of 8-byte units, and a list of rows that wait to be settled.
//
// A record is one header word and its bytes, in one piece; a pad skips the rest of the ring if a
// record does not fit before its end. The word goes through these states, and the bytes after it
// are not touched before the second:
//   0                   room is reserved: moving `tail` did that
//   kBusy | its bytes   the record is being written
//   its bytes           it is whole: the commit
//   kDelivered | bytes  the server has it (an event only); it waits to be counted
//   kBusy | bytes       a freed stretch is one hole while it is being zeroed
//   0                   freed: all its units are zeroed, and then `head` moves
// So wherever the process dies, each committed record can be found: zeros are skipped unit by unit,
// a record that was being written as a whole.
//
// Nothing more is needed: a process that is killed has done its stores up to some instruction and
// none after it, and the process that takes over the memory has waited for its lock, which the
// system releases after all of them. (A power cut takes the memory itself.)

#ifndef EMBEDDABLES_AGENT_INTAKE_INTAKE_LAYOUT_H_
#define EMBEDDABLES_AGENT_INTAKE_INTAKE_LAYOUT_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace embeddables::intake {

inline constexpr std::uint64_t kMagic = 0x656b61746e49626d;  // "mbIntake"
inline constexpr std::uint32_t kLayout = 3;
// The oldest layout that can be read. Layout 1 had no kDelivered; 1 and 2 do not name their
// database.
inline constexpr std::uint32_t kOldestLayout = 1;

inline constexpr std::size_t kUnitBytes = 8;
inline constexpr std::uint64_t kPad = std::uint64_t{1} << 63;  // skip so many units
inline constexpr std::uint64_t kBusy = std::uint64_t{1} << 62;
inline constexpr std::uint64_t kDelivered = std::uint64_t{1} << 61;

// Both cursors are one word: 40 bits of units (counted for ever, modulo 2^40) and 24 bits of
// events, of which `tail` uses the highest to say that the intake is closed.
inline constexpr unsigned kUnitBits = 40;
inline constexpr std::uint64_t kUnitMask = (std::uint64_t{1} << kUnitBits) - 1;
inline constexpr std::uint64_t kCountMask = (std::uint64_t{1} << 23) - 1;
inline constexpr std::uint64_t kClosed = std::uint64_t{1} << 63;

struct Header {
  std::atomic<std::uint64_t> magic;  // written last: 0 says that nothing is in it yet
  std::uint32_t layout;
  std::uint32_t header_bytes;
  std::uint64_t instance;
  std::uint64_t units;  // of the ring; a power of two
  // Kept apart, or callers and worker would contend for one cache line.
  alignas(64) std::atomic<std::uint64_t> tail;
  alignas(64) std::atomic<std::uint64_t> head;
};
static_assert(sizeof(Header) == 192 && sizeof(std::atomic<std::uint64_t>) == kUnitBytes,
              "another process reads this");

// Follows the ring from layout 2 on: rows of the store that the server has and whose transaction is
// yet to come. A row's number is written before `count` includes it; after the transaction `count`
// is 0. The process that takes over the memory settles them first, or they would be sent again.
// Numbers are never reused, so a row that was already settled does no harm.
inline constexpr std::size_t kMaxDelivered = 127;
struct DeliveredRows {
  std::atomic<std::uint64_t> count;
  std::atomic<std::uint64_t> rows[kMaxDelivered];
};
static_assert(sizeof(DeliveredRows) == 1024, "another process reads this");

// Follows the rows from layout 3 on: the database that the events belong to. While a new origin is
// being written, the other one is valid. SQLite accepts no path as long as this one may be.
inline constexpr std::size_t kMaxOriginPath = 976;
struct Origin {
  std::uint64_t device, number;  // of the database's file
  std::uint64_t paths;           // the namespace of its path: NamespaceOfPaths
  std::uint64_t made_ms;         // boot clock: when the intake was made
  std::uint64_t keep_ms;         // how long its store keeps an event
  std::uint64_t path_bytes;
  char path[kMaxOriginPath];
};
struct Origins {
  std::atomic<std::uint64_t> current;  // 0 or 1
  std::uint64_t unused[7];
  Origin origins[2];
};
static_assert(sizeof(Origins) == 64 + 2 * 1024, "another process reads this");

// Follows the origins. Versions that do not know it ignore it, so the layout's number stays: what
// only the live process knows, for those who look at its store (live_status.h). It is written under
// a turn that is odd meanwhile; the last word is a sum of the others.
inline constexpr std::uint64_t kStatusForm = 1;
inline constexpr std::size_t kStatusWords = 62;
struct StatusPage {
  std::atomic<std::uint64_t> form;  // 0: never written
  std::atomic<std::uint64_t> turn;
  std::atomic<std::uint64_t> words[kStatusWords];
};
static_assert(sizeof(StatusPage) == 512, "another process reads this");

constexpr std::uint64_t Units(std::uint64_t bytes) {
  return 1 + (bytes + kUnitBytes - 1) / kUnitBytes;
}

// How many bytes of memory that many units are; the caller knows that they fit into it.
constexpr std::size_t BytesOfUnits(std::uint64_t units) {
  return static_cast<std::size_t>(units) * kUnitBytes;
}

}  // namespace embeddables::intake

#endif  // EMBEDDABLES_AGENT_INTAKE_INTAKE_LAYOUT_H_
