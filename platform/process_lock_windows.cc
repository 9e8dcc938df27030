#include <string>

#include "platform/paths.h"
#include "platform/process_lock.h"
#include "platform/system_windows.h"

namespace embeddables {
namespace {

// Two bytes that no file has. The owner has both exclusively. One who only looks tries the second
// one, for microseconds, and so cannot be taken for another owner by one who comes for the first.
constexpr std::uint64_t kOwnership = std::uint64_t{1} << 62;
constexpr std::uint64_t kShown = kOwnership + 1;

bool LockByte(const Handle& file, std::uint64_t at, DWORD how) {
  OVERLAPPED place{};
  place.Offset = static_cast<DWORD>(at);
  place.OffsetHigh = static_cast<DWORD>(at >> 32);
  return LockFileEx(HandleOf(file), how | LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &place) != 0;
}

void UnlockByte(const Handle& file, std::uint64_t at) {
  OVERLAPPED place{};
  place.Offset = static_cast<DWORD>(at);
  place.OffsetHigh = static_cast<DWORD>(at >> 32);
  UnlockFileEx(HandleOf(file), 0, 1, 0, &place);
}

}  // namespace

bool TakeOwnership(const Handle& file) {
  constexpr int kTries = 100, kQuickTries = 20;
  if (!LockByte(file, kOwnership, LOCKFILE_EXCLUSIVE_LOCK)) return false;
  for (int tries = 0; tries < kTries; ++tries) {
    if (LockByte(file, kShown, LOCKFILE_EXCLUSIVE_LOCK)) return true;
    Sleep(tries < kQuickTries ? 0 : 1);
  }
  const DWORD failed = GetLastError();
  UnlockByte(file, kOwnership);
  SetLastError(failed);
  return false;
}

bool HasOwner(const Handle& file) {
  if (LockByte(file, kShown, 0)) {
    UnlockByte(file, kShown);
    return false;
  }
  const DWORD failed = GetLastError();
  return failed == ERROR_LOCK_VIOLATION || failed == ERROR_IO_PENDING;
}

// The system frees the lock of a process that dies. It belongs to this handle, so that it also
// works between two agents of one process, and no child process inherits it.
bool ProcessLock::TryAcquire(const std::string& path, const std::string& beside) {
  if (held()) return true;
  trouble_.clear();
  if (!MakePrivateFile(path, &trouble_, beside)) return false;
  Handle file = OpenFileAt(path, GENERIC_READ | GENERIC_WRITE, OPEN_EXISTING);
  if (!file.ok()) {
    trouble_ = SystemError(GetLastError());
    return false;
  }
  if (!TakeOwnership(file)) {
    const DWORD failed = GetLastError();
    if (failed != ERROR_LOCK_VIOLATION && failed != ERROR_IO_PENDING) {
      trouble_ = SystemError(failed);
    }
    Drop(&file);
    return false;
  }
  FileId id;
  FindFile(path, &id);
  file_ = NamedFile(id);
  lock_ = file;
  return true;
}

Presence ProcessLock::Find(const std::string& path) {
  Handle file = OpenFileAt(path, GENERIC_READ, OPEN_EXISTING);
  if (!file.ok()) {
    const DWORD failed = GetLastError();
    const bool missing = failed == ERROR_FILE_NOT_FOUND || failed == ERROR_PATH_NOT_FOUND;
    return missing ? Presence::kMissing : Presence::kUnknown;
  }
  const bool owned = HasOwner(file);
  Drop(&file);
  return owned ? Presence::kThere : Presence::kMissing;
}

void ProcessLock::Release() { Drop(&lock_); }

}  // namespace embeddables
