#include <atomic>
#include <cstdint>
#include <cstdio>
#include <string>

#include "platform/clock.h"
#include "platform/system_windows.h"

namespace embeddables {
namespace {

std::atomic<std::int64_t> ticks_per_second{0};  // the same for ever; 0: nobody has asked yet

std::int64_t TicksPerSecond() {
  std::int64_t known = ticks_per_second.load(std::memory_order_relaxed);
  if (known != 0) return known;
  LARGE_INTEGER frequency{};
  QueryPerformanceFrequency(&frequency);
  known = frequency.QuadPart;
  ticks_per_second.store(known, std::memory_order_relaxed);
  return known;
}

std::uint64_t Ticks(const FILETIME& time) {
  return std::uint64_t{time.dwHighDateTime} << 32 | time.dwLowDateTime;
}

// The system has no id of a boot that a program may read. A key that was made volatile is gone
// after the next start, and after the user's logging off, which is then taken for one: the same
// happens where Windows "shuts down" by hibernating its kernel. Nobody writes to the key, so that
// the time at which it was made tells it from others, and two processes cannot disagree.
std::string IdOfBoot() {
  HKEY key = nullptr;
  constexpr wchar_t kName[] = L"Software\\embeddables-agent-boot";
  if (RegCreateKeyExW(HKEY_CURRENT_USER, kName, 0, nullptr, REG_OPTION_VOLATILE, KEY_READ, nullptr,
                      &key, nullptr) != ERROR_SUCCESS) {
    return std::string();
  }
  FILETIME made{};
  const LSTATUS asked = RegQueryInfoKeyW(key, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr,
                                         nullptr, nullptr, nullptr, nullptr, &made);
  RegCloseKey(key);
  if (asked != ERROR_SUCCESS) return std::string();
  char text[24];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(Ticks(made)));
  return text;
}

class RealClock final : public Clock {
 public:
  std::int64_t WallMs() const override {
    FILETIME now{};
    GetSystemTimePreciseAsFileTime(&now);
    constexpr std::int64_t kMsTo1970 = 11'644'473'600'000;
    return static_cast<std::int64_t>(Ticks(now) / 10'000) - kMsTo1970;
  }
  // The performance counter runs on while the device sleeps ("Acquiring high-resolution time
  // stamps"); GetTickCount64 does too, but in steps of 10 to 16 ms.
  std::int64_t BootMs() const override {
    LARGE_INTEGER now{};
    QueryPerformanceCounter(&now);
    const std::int64_t second = TicksPerSecond();
    return now.QuadPart / second * 1000 + now.QuadPart % second * 1000 / second;
  }
  // Both move in steps of the same interrupt, and only the second stops during sleep.
  std::int64_t AsleepMs() const override {
    ULONGLONG awake = 0;
    QueryUnbiasedInterruptTime(&awake);
    return static_cast<std::int64_t>(GetTickCount64()) - static_cast<std::int64_t>(awake / 10'000);
  }
  std::string BootId() const override { return IdOfBoot(); }
};

}  // namespace

const Clock& SystemClock() {
  static constexpr RealClock clock{};
  return clock;
}

std::uint64_t RandomSeed() {
  std::uint64_t seed = 0;
  if (BCryptGenRandom(nullptr, reinterpret_cast<PUCHAR>(&seed), sizeof seed,
                      BCRYPT_USE_SYSTEM_PREFERRED_RNG) != 0) {
    LARGE_INTEGER now{};
    QueryPerformanceCounter(&now);
    seed = static_cast<std::uint64_t>(now.QuadPart) * 0x9e3779b97f4a7c15u ^ GetCurrentProcessId();
  }
  return seed;
}

}  // namespace embeddables
