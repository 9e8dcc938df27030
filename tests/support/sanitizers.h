// Which sanitizer the tests were built with: some cannot follow what some tests do.

#ifndef EMBEDDABLES_TESTS_SUPPORT_SANITIZERS_H_
#define EMBEDDABLES_TESTS_SUPPORT_SANITIZERS_H_

namespace embeddables::test {

#if defined(__SANITIZE_THREAD__)
#define EMBEDDABLES_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define EMBEDDABLES_TSAN 1
#endif
#endif

#if defined(__SANITIZE_ADDRESS__)
#define EMBEDDABLES_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define EMBEDDABLES_ASAN 1
#endif
#endif

#ifdef EMBEDDABLES_TSAN
inline constexpr bool kTsan = true;
#else
inline constexpr bool kTsan = false;
#endif

#ifdef EMBEDDABLES_ASAN
inline constexpr bool kAsan = true;
#else
inline constexpr bool kAsan = false;
#endif

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_SUPPORT_SANITIZERS_H_
