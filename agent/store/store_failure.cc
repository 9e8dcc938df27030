#include "agent/store/store_failure.h"

#include <utility>

namespace embeddables {
namespace {

constexpr char kLocked[] = "another program has locked the store; the agent waits for it";
constexpr char kDiskFull[] = "the disk is full; stored events are kept and sent; make room";

}  // namespace

void StoreFailure::GiveUp(const Database& database, bool locked) {
  const char* const refusal = std::exchange(refusal_, nullptr);
  message_ = refusal != nullptr ? refusal
             : locked           ? kLocked
             : database.full()  ? kDiskFull
                                : database.message();
}

}  // namespace embeddables
