#include <new>

#include "platform/clock_watch.h"
#include "platform/system_windows.h"
#include "platform/wake_signal.h"

namespace embeddables {
namespace {

// The system calls back on a thread of its own, and it is not said whether a call may still be
// under way once the registration has ended. So the callback looks up whether its watch still
// lives.
SRWLOCK watches_lock = SRWLOCK_INIT;

}  // namespace

// Waits do not count the time asleep, so that a wait for a time must be ended when the device wakes
// up. Only windows are told that the wall clock was set: the worker sees that at its next step.
struct ClockWatch::Source {
  WakeSignal signal;
  HMODULE power = nullptr;
  void* registered = nullptr;
  Source* next = nullptr;

  static Source* living;

  ~Source() {
    if (power != nullptr) FreeLibrary(power);
  }

  static ULONG CALLBACK Happened(void* context, ULONG what, void*) {
    if (what != PBT_APMRESUMEAUTOMATIC && what != PBT_APMRESUMESUSPEND) return ERROR_SUCCESS;
    AcquireSRWLockShared(&watches_lock);
    for (Source* each = living; each != nullptr; each = each->next) {
      if (each == context) each->signal.Signal();
    }
    ReleaseSRWLockShared(&watches_lock);
    return ERROR_SUCCESS;
  }

  bool Register() {
    // DEVICE_NOTIFY_SUBSCRIBE_PARAMETERS
    struct Subscription {
      ULONG(CALLBACK* callback)(void*, ULONG, void*);
      void* context;
    } subscription = {&Source::Happened, this};
    constexpr DWORD kCallback = 2;  // DEVICE_NOTIFY_CALLBACK
    using Subscribe = DWORD(WINAPI*)(DWORD, Subscription*, void**);
    power = LoadLibraryExW(L"powrprof.dll", nullptr, LOAD_LIBRARY_SEARCH_SYSTEM32);
    if (power == nullptr) return false;
    const auto subscribe = FunctionOf<Subscribe>(power, "PowerRegisterSuspendResumeNotification");
    return subscribe != nullptr &&
           subscribe(kCallback, &subscription, &registered) == ERROR_SUCCESS;
  }

  void Unregister() {
    using Unsubscribe = DWORD(WINAPI*)(void*);
    if (registered == nullptr) return;
    const auto unsubscribe =
        FunctionOf<Unsubscribe>(power, "PowerUnregisterSuspendResumeNotification");
    if (unsubscribe != nullptr) unsubscribe(registered);
  }
};

ClockWatch::Source* ClockWatch::Source::living = nullptr;

ClockWatch::ClockWatch() {
  auto* source = new (std::nothrow) Source;
  if (source == nullptr) return;
  AcquireSRWLockExclusive(&watches_lock);
  source->next = Source::living;
  Source::living = source;
  ReleaseSRWLockExclusive(&watches_lock);
  source_ = source;
  if (source->signal.ok() && source->Register()) waitable_ = source->signal.waitable();
}

ClockWatch::~ClockWatch() {
  if (source_ == nullptr) return;
  source_->Unregister();
  AcquireSRWLockExclusive(&watches_lock);
  Source** link = &Source::living;
  while (*link != source_) link = &(*link)->next;
  *link = source_->next;
  ReleaseSRWLockExclusive(&watches_lock);
  delete source_;
}

void ClockWatch::Clear() {
  if (waitable_.ok()) source_->signal.Clear();
}

}  // namespace embeddables
