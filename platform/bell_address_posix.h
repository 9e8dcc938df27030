// The address of a doorbell's socket.
//
// It is a socket and not a named pipe, because a program that reads all files of a folder (a
// backup, a search) hangs on a pipe.

#ifndef EMBEDDABLES_PLATFORM_BELL_ADDRESS_POSIX_H_
#define EMBEDDABLES_PLATFORM_BELL_ADDRESS_POSIX_H_

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <string>

namespace embeddables {

class BellAddress {
 public:
  explicit BellAddress(const std::string& path);
  ~BellAddress() {
    if (folder_ >= 0) close(folder_);
  }
  BellAddress(const BellAddress&) = delete;
  BellAddress& operator=(const BellAddress&) = delete;

  bool ok() const { return ok_; }  // false: no socket can have this path
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address_); }
  static socklen_t size() { return sizeof(sockaddr_un); }

  // As GiveToOwnerOf of private_file_posix.h, for the socket of that name; where that cannot be
  // done safely, it stays root's.
  static void GiveToOwnerOf(const std::string& beside, const std::string& path);

 private:
  int folder_ = -1;
  sockaddr_un address_{};
  bool ok_ = false;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_PLATFORM_BELL_ADDRESS_POSIX_H_
