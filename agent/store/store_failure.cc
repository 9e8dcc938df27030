#include "agent/store/store_failure.h"

#include <utility>

namespace embeddables {
namespace {

constexpr char kLocked[] = "another program has locked the store; it is waited for";
constexpr char kDiskFull[] = "the disk is full; what is stored is kept and sent; make room";

}  // namespace

void StoreFailure::GiveUp(const Database& database, bool locked) {
  const char* const refusal = std::exchange(refusal_, nullptr);
  message_ = refusal != nullptr ? refusal
             : locked           ? kLocked
             : database.full()  ? kDiskFull
                                : database.message();
}

}  // namespace embeddables
