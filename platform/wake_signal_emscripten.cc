#include <atomic>
#include <cstdint>
#include <new>

#include "platform/signal_emscripten.h"
#include "platform/wake_signal.h"

namespace embeddables {

WakeSignal::WakeSignal() {
  auto* flag = new (std::nothrow) std::atomic<bool>(false);
  if (flag != nullptr) waitable_ = Waitable(reinterpret_cast<std::intptr_t>(flag));
}

WakeSignal::~WakeSignal() {
  if (ok()) delete FlagOf(waitable_);
}

void WakeSignal::Signal() { FlagOf(waitable_)->store(true); }

void WakeSignal::Clear() { FlagOf(waitable_)->store(false); }

}  // namespace embeddables
