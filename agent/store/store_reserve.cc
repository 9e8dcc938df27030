#include "agent/store/store_reserve.h"

namespace embeddables {
namespace {

constexpr std::int64_t kMakeAgainMs = 10'000;
constexpr std::uint64_t kIndexBytes = 32 * 1024;
constexpr std::uint64_t kLeastBytes = 64 * 1024;
constexpr std::uint64_t kStepBytes = 4096;

}  // namespace

void StoreReserve::StandBeside(const std::string& path) {
  store_ = path == ":memory:" ? std::string() : path;
  held_ = asked_ = false;
}

void StoreReserve::Make(std::uint64_t left_to_others) {
  asked_ = true;
  if (store_.empty()) return;
  FileFacts facts;
  // An existing reserve may be a copy, which has the size but not the blocks.
  const bool there = files_.Find(file(), &facts) == Presence::kThere && facts.size >= kBytes;
  held_ = there ? files_.Reserve(file(), kBytes, store_) : Hold(left_to_others);
  if (held_) given_ = false;
}

bool StoreReserve::Hold(std::uint64_t left_to_others) {
  const std::uint64_t free = files_.FreeBytes(store_);
  held_ =
      free >= kBytes && free - kBytes >= left_to_others && files_.Reserve(file(), kBytes, store_);
  return held_;
}

void StoreReserve::MakeAgain(BootTime now, std::uint64_t left_to_others) {
  if (!asked_ || held_ || now < again_at_) return;
  again_at_ = now + kMakeAgainMs;
  Make(left_to_others);
}

bool StoreReserve::Give() {
  FileFacts facts;
  if (store_.empty() || files_.Find(file(), &facts) != Presence::kThere) return false;
  if (!files_.Remove(file())) return false;
  held_ = false;
  given_ = true;
  return true;
}

bool StoreReserve::IsWanted() const {
  return !store_.empty() && files_.FreeBytes(store_.substr(0, store_.rfind('/') + 1)) < 2 * kBytes;
}

// Other programs never had this room: nothing is taken from them, however little is free. The
// database may have grown meanwhile, and a file system may need a block for the list of the
// reserve's blocks (ext4, where free ones are scattered): then a little less is held.
void StoreReserve::TakeBack() {
  if (!given_ || store_.empty()) return;
  const std::uint64_t free = files_.FreeBytes(store_);
  for (std::uint64_t bytes = kBytes; bytes >= kLeastBytes && given_; bytes -= kStepBytes) {
    if (bytes > free || !files_.Reserve(file(), bytes, store_)) continue;
    held_ = bytes == kBytes;
    given_ = false;
  }
}

std::uint64_t StoreReserve::PlaceForLog(std::uint64_t log_bytes) {
  const std::uint64_t used = kIndexBytes + log_bytes;
  return used < kBytes ? kBytes - used : 0;
}

}  // namespace embeddables
