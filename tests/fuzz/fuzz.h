// What the fuzz targets share: a reader that cuts arbitrary bytes into values, and a check that
// ends the process, which is how libFuzzer learns of a finding.

#ifndef EMBEDDABLES_TESTS_FUZZ_FUZZ_H_
#define EMBEDDABLES_TESTS_FUZZ_FUZZ_H_

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

// One target a program; the same signature for libFuzzer and for replay_main.cc.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace embeddables::fuzz {

inline void Require(bool promise, const char* words) {
  if (promise) return;
  std::fprintf(stderr, "broken promise: %s\n", words);
  std::abort();
}

// Never fails: past the end everything is 0 or empty.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size)
      : rest_(reinterpret_cast<const char*>(data), size) {}

  template <class T>
  T Number() {
    T number{};
    const std::size_t size = rest_.size() < sizeof number ? rest_.size() : sizeof number;
    if (size > 0) std::memcpy(&number, rest_.data(), size);
    rest_.remove_prefix(size);
    return number;
  }
  std::uint8_t Byte() { return Number<std::uint8_t>(); }
  // Its length in a byte before it.
  std::string_view Text() { return Take(Byte()); }
  // Its length in two bytes before it.
  std::string_view LongText() { return Take(Number<std::uint16_t>()); }
  std::string_view Rest() { return Take(rest_.size()); }
  bool empty() const { return rest_.empty(); }

 private:
  std::string_view Take(std::size_t size) {
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(taken.size());
    return taken;
  }

  std::string_view rest_;
};

}  // namespace embeddables::fuzz

#endif  // EMBEDDABLES_TESTS_FUZZ_FUZZ_H_
