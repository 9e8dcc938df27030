// Notices that libcurl waits in vain. While HTTP/2's flow control holds up an upload, libcurl waits
// for the socket to become writable, which it is: the wait returns at once, nothing can be sent,
// and a core is busy until the server opens its window (curl's issue 7821; 7.88 and others).

#ifndef EMBEDDABLES_AGENT_SEND_LULL_H_
#define EMBEDDABLES_AGENT_SEND_LULL_H_

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace embeddables {

class Lull {
 public:
  using Duration = std::chrono::nanoseconds;

  // Called after a wait of libcurl's, or after a nap. Moved must be called next if asks() is true.
  void Waited(Duration took) {
    napped_ = false;
    asks_ = took < kQuick;
    if (!asks_) in_vain_ = 0;
  }
  void Napped(Duration took) {
    napped_ = asks_ = true;
    cut_short_ = took < kQuick;
  }
  bool asks() const { return asks_; }
  // `bytes`: sent and received by all transfers so far.
  void Moved(std::uint64_t bytes) {
    asks_ = false;
    if (bytes != bytes_) {
      in_vain_ = 0;
      cut_short_ = false;
    } else if (!napped_) {
      ++in_vain_;
    }
    bytes_ = bytes;
  }

  // During a lull the caller naps without libcurl, for at most this time and until a socket can be
  // read: the server opens its window with a frame. If reading a socket moved nothing, the nap does
  // not end for a readable socket either (deaf), and is short, so that such a server does not make
  // others wait. Then libcurl's wait is tried again, which lasts once the lull is over.
  bool on() const { return in_vain_ >= kPatience && !napped_; }
  bool deaf() const { return cut_short_; }
  std::chrono::milliseconds nap() const {
    const std::uint32_t grown = 1u << std::min(in_vain_ - kPatience, 8u);
    return std::chrono::milliseconds(std::min(deaf() ? kLongestDeafMs : kLongestMs, grown));
  }

 private:
  static constexpr Duration kQuick = std::chrono::milliseconds(1);
  static constexpr std::uint32_t kPatience = 3;
  static constexpr std::uint32_t kLongestMs = 50;
  static constexpr std::uint32_t kLongestDeafMs = 10;

  std::uint32_t in_vain_ = 0;  // waits in a row, without the naps in between
  std::uint64_t bytes_ = 0;
  bool asks_ = false;
  bool napped_ = false;  // the last wait was a nap
  bool cut_short_ = false;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_SEND_LULL_H_
