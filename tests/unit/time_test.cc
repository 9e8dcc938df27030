// Times of three clocks, and never.

#include "agent/base/time.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <type_traits>
#include <utility>

#include "tests/support/fakes.h"

namespace embeddables {
namespace {

constexpr BootTime kSome(1'000);

TEST(Time, NeverIsLaterThanEveryTime) {
  static_assert(BootTime::Never().IsNever() && !kSome.IsNever());
  static_assert(kSome < BootTime::Never() && BootTime::Never() >= kSome);
  static_assert(Sooner(kSome, BootTime::Never()) == kSome);
  static_assert(Sooner(BootTime::Never(), kSome) == kSome);
  static_assert(Sooner(BootTime::Never(), BootTime::Never()).IsNever());
  static_assert(Sooner(kSome + 1, kSome) == kSome);
}

TEST(Time, DiffersFromAnotherOneByMilliseconds) {
  static_assert(kSome + 5 - kSome == 5 && kSome - 5 < kSome);
  static_assert(BootTime() == BootTime(0) && kSome.ms() == 1'000);
  test::FakeClock clock;
  EXPECT_EQ(BootNow(clock).ms(), clock.BootMs());
  EXPECT_EQ(WallNow(clock).ms(), clock.WallMs());
}

template <class A, class B, class = void>
constexpr bool kDiffer = false;
template <class A, class B>
constexpr bool kDiffer<A, B, std::void_t<decltype(std::declval<A>() - std::declval<B>())>> = true;
template <class A, class B, class = void>
constexpr bool kCompare = false;
template <class A, class B>
constexpr bool kCompare<A, B, std::void_t<decltype(std::declval<A>() < std::declval<B>())>> = true;

template <class A, class B>
constexpr bool kApart = !kDiffer<A, B> && !kCompare<A, B> && !std::is_constructible_v<A, B> &&
                        !std::is_assignable_v<A&, B>;

TEST(Time, TwoClocksDoNotMix) {
  static_assert(kDiffer<BootTime, BootTime> && kCompare<BootTime, BootTime>);
  static_assert(kApart<BootTime, AgeTime> && kApart<AgeTime, BootTime>);
  static_assert(kApart<BootTime, UnixTime> && kApart<UnixTime, BootTime>);
  static_assert(kApart<AgeTime, UnixTime> && kApart<UnixTime, AgeTime>);
}

TEST(Time, ANumberIsNoTimeUnlessSomebodySaysSo) {
  static_assert(!std::is_convertible_v<std::int64_t, BootTime>);
  static_assert(!std::is_convertible_v<BootTime, std::int64_t>);
  static_assert(!kCompare<BootTime, std::int64_t> && !std::is_assignable_v<BootTime&, int>);
}

TEST(Time, CostsNoMoreThanItsNumber) {
  static_assert(sizeof(BootTime) == sizeof(std::int64_t));
  static_assert(std::is_trivially_copyable_v<BootTime> &&
                std::is_trivially_destructible_v<BootTime>);
}

}  // namespace
}  // namespace embeddables
