#include "agent/store/room_maker.h"

namespace embeddables {
namespace {

constexpr std::uint64_t kEvictAtOnce = 16;
// An event of some kilobytes needs no more pages.
constexpr std::uint64_t kSmall = 10 * kPageBytes;

}  // namespace

RoomMaker::RoomMaker(const Settings& settings, Transactions* transactions, SharedState* shared,
                     StoreSpace* space, Bounds* bounds, StoreFailure* failure)
    : settings_(settings),
      transactions_(*transactions),
      shared_(*shared),
      space_(*space),
      bounds_(*bounds),
      failure_(*failure) {}

// Nothing is stored after consent was denied in another process.
bool RoomMaker::Begin(std::size_t incoming_bytes) {
  return BeginAgain() && MakeRoom(incoming_bytes);
}

bool RoomMaker::BeginAgain() { return transactions_.Begin(true) && shared_.Refresh(); }

bool RoomMaker::MakeRoom(std::size_t incoming_bytes) {
  const std::uint64_t need = incoming_bytes + incoming_bytes / 4 + 8 * kPageBytes;
  if (!EmptyLog(need)) return false;
  space_.log().HasRoom();
  if (!MakeRoomOnDisk(need)) return false;
  const std::uint64_t for_rows = bounds_.ForRows();
  for (std::uint64_t all = 0;;) {
    std::uint64_t used = 0, free = 0, evicted = 0;
    if (!space_.pages().CountUsedBytes(&used) || !space_.pages().CountFree(&free)) return false;
    if (used + need <= for_rows) return true;
    // The bound was lowered: the next transactions evict the excess.
    if (all >= Bounds::kEvictAtMost && free * kPageBytes >= need) return true;
    if (!bounds_.Evict(kEvictAtOnce, DropReason::kByteBound, &evicted)) return false;
    if (evicted == 0) {
      return used + need <= settings_.in_force().max_store_bytes - StoreReserve::kBytes ||
             failure_.Refuse(
                 "Config::max_store_bytes is reached by events that are being sent; raise it");
    }
    all += evicted;
  }
}

// Evicting writes to the log, too. A short log may grow, however much may come: most of that does
// not come. A reader in another process may keep the log from being emptied: then nothing can be
// stored within the bound.
bool RoomMaker::EmptyLog(std::uint64_t need) {
  StoreLog& log = space_.log();
  const std::uint64_t bytes = log.bytes();
  if (bytes <= log.limit() / 2 || bytes + 2 * need <= 2 * log.limit()) return true;
  if (!log.may_checkpoint()) return log.Await();
  if (!transactions_.CommitNothing()) return false;
  log.Checkpoint();
  if (log.bytes() > 2 * log.limit()) {
    return failure_.Refuse(
        "another program's reading keeps the write-ahead log from being emptied");
  }
  return BeginAgain();
}

// For a disk that is nearly full. False: there is not even room to delete old rows.
bool RoomMaker::MakeRoomOnDisk(std::uint64_t need) {
  std::uint64_t spare = 0;
  if (!space_.SpareBytes(&spare)) return false;
  if (spare >= 2 * need) return true;
  if (!transactions_.CommitNothing()) return false;
  const std::uint64_t reusable = space_.log().Reusable();
  if (!BeginAgain() || !space_.SpareBytes(&spare)) return false;
  const std::uint64_t log = need > reusable ? need - reusable : 0;
  if (!space_.LogMayGrow(log, spare)) {
    return space_.LacksRoom(
        "the disk is full, except for the Config::min_free_bytes left to others; make room");
  }
  if (need <= kSmall) return space_.GrowNoMore();
  return EvictForDisk(need, spare > log ? spare - log : 0);
}

// `grows`: how much the file may grow.
bool RoomMaker::EvictForDisk(std::uint64_t need, std::uint64_t grows) {
  for (;;) {
    std::uint64_t free = 0;
    if (!space_.pages().CountFree(&free)) return false;
    if (free * kPageBytes + grows >= need) return true;
    std::uint64_t evicted = 0;
    if (!bounds_.Evict(kEvictAtOnce, DropReason::kByteBound, &evicted)) return false;
    if (evicted == 0) return space_.LacksRoom("the disk is full; make room");
  }
}

}  // namespace embeddables
