#include <windows.h>

#include <atomic>
#include <utility>

#include "samples/cli/end_signals.h"

namespace cli {
namespace {

// The system calls the handler with nothing of ours, on a thread of its own.
std::atomic<HANDLE> came_event{nullptr};

BOOL WINAPI Handle(DWORD kind) {
  const HANDLE event = came_event;
  if (event == nullptr) return FALSE;
  SetEvent(event);
  // When the console or the session ends, so does the process once this returns; the main thread
  // ends it earlier, with what was tracked stored.
  if (kind != CTRL_C_EVENT && kind != CTRL_BREAK_EVENT) Sleep(INFINITE);
  return TRUE;
}

HANDLE Native(std::intptr_t handle) { return reinterpret_cast<HANDLE>(handle); }

std::intptr_t NewEvent() {
  const HANDLE event = CreateEventW(nullptr, TRUE, FALSE, nullptr);
  return event == nullptr ? -1 : reinterpret_cast<std::intptr_t>(event);
}

void Close(std::intptr_t* handle) {
  if (*handle >= 0) CloseHandle(Native(std::exchange(*handle, -1)));
}

// What the system itself ends a process with that does not handle Ctrl-C.
constexpr UINT kEndedByControlC = 0xC000013A;

}  // namespace

struct EndSignals::Before {};

EndSignals::EndSignals() : handle_(NewEvent()) {
  if (handle_ < 0) return;
  came_event = Native(handle_);
  SetConsoleCtrlHandler(Handle, TRUE);
}

EndSignals::~EndSignals() { Release(); }

bool EndSignals::came() const {
  return handle_ >= 0 && WaitForSingleObject(Native(handle_), 0) == WAIT_OBJECT_0;
}

void EndSignals::Release() {
  if (handle_ < 0) return;
  SetConsoleCtrlHandler(Handle, FALSE);
  came_event = nullptr;
  if (came()) ExitProcess(kEndedByControlC);
  Close(&handle_);
}

SignalWait::SignalWait(const EndSignals& signals) : signals_(signals) {
  if (signals.handle() >= 0) over_[0] = NewEvent();
}

SignalWait::~SignalWait() { Close(&over_[0]); }

bool SignalWait::Await() const {
  const HANDLE both[] = {Native(signals_.handle()), Native(over_[0])};
  return WaitForMultipleObjects(2, both, FALSE, INFINITE) == WAIT_OBJECT_0;
}

void SignalWait::End() {
  if (over_[0] >= 0) SetEvent(Native(over_[0]));
}

}  // namespace cli
