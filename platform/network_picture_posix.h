// The part of network_monitor_posix.cc that differs by system.

#ifndef EMBEDDABLES_PLATFORM_NETWORK_PICTURE_POSIX_H_
#define EMBEDDABLES_PLATFORM_NETWORK_PICTURE_POSIX_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace embeddables {

// FNV-1a, only to tell one way out from another.
class Fingerprint {
 public:
  Fingerprint& Add(const void* data, std::size_t size) {
    const auto* bytes = static_cast<const unsigned char*>(data);
    for (std::size_t i = 0; i < size; ++i) hash_ = (hash_ ^ bytes[i]) * 0x100000001b3u;
    return *this;
  }
  std::uint64_t value() const { return hash_; }

 private:
  std::uint64_t hash_ = 0xcbf29ce484222325u;
};

struct NetworkPicture {
  std::vector<std::uint64_t> ways;  // addresses and default routes on usable links
  bool address = false, default_route = false;
};

// False: the system does not tell.
bool TakePicture(NetworkPicture* picture);

// A socket that is readable when there is news. -1: the system tells none.
int OpenNewsSocket();

}  // namespace embeddables

#endif  // EMBEDDABLES_PLATFORM_NETWORK_PICTURE_POSIX_H_
