#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "platform/doorbell.h"
#include "platform/named_file.h"
#include "platform/paths.h"
#include "platform/private_file_linux.h"

namespace embeddables {
namespace {

// A socket and not a named pipe, because a program that reads all files of a folder (a backup, a
// search) hangs on a pipe. An address has room for 107 bytes and a path may be longer, so it goes
// through the folder's descriptor.
class Address {
 public:
  explicit Address(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    folder_ = open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    address_.sun_family = AF_UNIX;
    const std::string name =
        "/proc/self/fd/" + std::to_string(folder_) + "/" + path.substr(slash + 1);
    if (folder_ < 0 || name.size() >= sizeof address_.sun_path) return;
    std::memcpy(address_.sun_path, name.c_str(), name.size() + 1);
    ok_ = true;
  }
  ~Address() {
    if (folder_ >= 0) close(folder_);
  }
  Address(const Address&) = delete;
  Address& operator=(const Address&) = delete;

  bool ok() const { return ok_; }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address_); }
  static socklen_t size() { return sizeof(sockaddr_un); }

 private:
  int folder_ = -1;
  sockaddr_un address_{};
  bool ok_ = false;
};

int OpenUnixSocket() {
  return KeepOffStreams(socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

bool IsTrustedSocket(const std::string& path, const std::string& beside) {
  struct stat facts {
  }, owner{};
  if (lstat(path.c_str(), &facts) != 0 || !S_ISSOCK(facts.st_mode)) return false;
  return facts.st_uid == geteuid() || facts.st_uid == 0 ||
         (stat(beside.c_str(), &owner) == 0 && facts.st_uid == owner.st_uid);
}

// A socket's descriptor does not know its name. Another user's socket that was linked here has two
// names.
void GiveSocketToOwnerOf(const std::string& beside, const std::string& path) {
  const int socket = open(path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC);
  struct stat facts {};
  if (socket < 0) return;
  if (fstat(socket, &facts) == 0 && S_ISSOCK(facts.st_mode) && facts.st_nlink == 1) {
    GiveToOwnerOf(beside, socket);
  }
  close(socket);
}

}  // namespace

bool Doorbell::Listen(const std::string& path, const std::string& beside) {
  if (waitable_.ok()) return true;
  trouble_.clear();
  const Address address(path);
  const int made = address.ok() ? OpenUnixSocket() : -1;
  if (made < 0) return false;
  // The socket of a sender that was killed; anything else of that name is not ours to remove.
  if (IsTrustedSocket(path, beside)) unlink(path.c_str());
  if (fchmod(made, 0600) != 0 || bind(made, address.get(), Address::size()) != 0) {
    if (errno == EADDRINUSE) trouble_ = "something else has its name; remove it";
    close(made);
    return false;
  }
  chmod(path.c_str(), 0600);
  GiveSocketToOwnerOf(beside, path);
  FileId file;
  FindFile(path, &file);
  waitable_ = Waitable(made);
  path_ = path;
  file_ = NamedFile(file);
  CloseInForkedChild(made);
  return true;
}

void Doorbell::Close() {
  if (!waitable_.ok()) return;
  if (file_.StillAt(path_)) unlink(path_.c_str());
  Drop(&waitable_);
}

std::string Doorbell::Take() {
  std::string rung;
  char ring = 0;
  while (waitable_.ok() && recv(DescriptorOf(waitable_), &ring, 1, 0) >= 0) {
    if (rung.find(ring) == std::string::npos) rung.push_back(ring);
  }
  return rung;
}

bool Doorbell::Ring(const std::string& path, char what, const std::string& beside) {
  const Address address(path);
  const int bell = address.ok() && IsTrustedSocket(path, beside) ? OpenUnixSocket() : -1;
  if (bell < 0) return false;
  // Enough may have been rung already.
  const bool rung =
      sendto(bell, &what, 1, MSG_NOSIGNAL | MSG_DONTWAIT, address.get(), Address::size()) >= 0 ||
      errno == EAGAIN;
  close(bell);
  return rung;
}

}  // namespace embeddables
