// Notices that libcurl waits in vain. Where HTTP/2's flow control holds an upload up it waits for
// the socket to take more bytes, which the socket does: the wait returns at once, nothing can be
// sent, and a core is busy until the server gives room (curl's issue 7821; 7.88 and others).

#ifndef EMBEDDABLES_AGENT_SEND_LULL_H_
#define EMBEDDABLES_AGENT_SEND_LULL_H_

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace embeddables {

class Lull {
 public:
  using Duration = std::chrono::nanoseconds;

  // After a wait of libcurl's, or a nap. Moved is to be called after one that asks for it.
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
  // `bytes` that transfers have sent and received so far.
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

  // Time to sleep without libcurl, at most so long, until a socket can be read: room is given by a
  // frame. Where reading one moved nothing not even that, and no longer than such a server may make
  // others wait. Then libcurl's wait is tried again: it lasts where there is no lull any more.
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

  std::uint32_t in_vain_ = 0;  // waits in a row, naps in between not counted
  std::uint64_t bytes_ = 0;
  bool asks_ = false;
  bool napped_ = false;  // last
  bool cut_short_ = false;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_SEND_LULL_H_
