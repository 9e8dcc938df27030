// The system's own value for something that is open: a file, a socket. The agent passes it on and
// compares it; only this folder's files for a system, and the transport for libcurl, look inside.
//
// Linux: a descriptor. Windows: a HANDLE or a SOCKET, which fit, and of both -1 is none.

#ifndef EMBEDDABLES_PLATFORM_HANDLE_H_
#define EMBEDDABLES_PLATFORM_HANDLE_H_

#include <cstdint>

namespace embeddables {

class Handle {
 public:
  constexpr Handle() = default;  // none
  constexpr explicit Handle(std::intptr_t native) : native_(native) {}

  constexpr bool ok() const { return native_ != -1; }  // false: none
  constexpr std::intptr_t native() const { return native_; }
  constexpr bool operator==(const Handle& other) const { return native_ == other.native_; }

 private:
  std::intptr_t native_ = -1;
};

// One that the agent's thread can wait for until it is readable. It belongs to the object that has
// handed it out, and is good until that closes it.
//
// On the web it is the address of a flag, and nobody waits.
//
// On Windows it is a SOCKET: curl_multi_poll and WSAPoll wait for nothing else there, and
// WaitForMultipleObjects for no socket. A port passes on events and callbacks of
// the system (the network, the end of a sleep) as a byte to a loopback socket of its own.
class Waitable : public Handle {
 public:
  using Handle::Handle;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_PLATFORM_HANDLE_H_
