#include <cstring>
#include <string>

#include "platform/bell_address_posix.h"

namespace embeddables {

// No address leads through a folder's descriptor here. One has room for 103 bytes: beside a store
// with a longer path, as an app's are on iOS, there is no doorbell.
BellAddress::BellAddress(const std::string& path) {
  address_.sun_len = sizeof address_;
  address_.sun_family = AF_UNIX;
  if (path.size() >= sizeof address_.sun_path) return;
  std::memcpy(address_.sun_path, path.c_str(), path.size() + 1);
  ok_ = true;
}

// A socket's name cannot be opened, and by the time that it is given away it may be another file's.
void BellAddress::GiveToOwnerOf(const std::string&, const std::string&) {}

}  // namespace embeddables
