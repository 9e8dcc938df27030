// One number for all that a run did, in order. Two builds that behave the same give each seed the
// same number, so that a change of the inside can be told from a change of behaviour.

#ifndef EMBEDDABLES_TESTS_SIMULATION_DIGEST_H_
#define EMBEDDABLES_TESTS_SIMULATION_DIGEST_H_

#include <cstdint>
#include <string_view>

namespace embeddables::test {

// FNV-1a, 64 bits.
class Digest {
 public:
  void Add(std::string_view text) {
    for (const char byte : text) Mix(static_cast<unsigned char>(byte));
    Mix('\n');
  }
  std::uint64_t value() const { return value_; }

 private:
  void Mix(unsigned char byte) {
    value_ ^= byte;
    value_ *= 0x100000001b3u;
  }

  std::uint64_t value_ = 0xcbf29ce484222325u;
};

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_SIMULATION_DIGEST_H_
