#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "platform/bell_address_posix.h"
#include "platform/doorbell.h"
#include "platform/named_file.h"
#include "platform/paths.h"
#include "platform/private_file_posix.h"

namespace embeddables {
namespace {

bool IsTrustedSocket(const std::string& path, const std::string& beside) {
  struct stat facts {
  }, owner{};
  if (lstat(path.c_str(), &facts) != 0 || !S_ISSOCK(facts.st_mode)) return false;
  return facts.st_uid == geteuid() || facts.st_uid == 0 ||
         (stat(beside.c_str(), &owner) == 0 && facts.st_uid == owner.st_uid);
}

}  // namespace

bool Doorbell::Listen(const std::string& path, const std::string& beside) {
  if (waitable_.ok()) return true;
  trouble_.clear();
  const BellAddress address(path);
  const int made = address.ok() ? NewSocket(AF_UNIX, SOCK_DGRAM, 0, false) : -1;
  if (made < 0) return false;
  // The socket of a sender that was killed; anything else of that name is not ours to remove.
  const bool stays = IsTrustedSocket(path, beside) && unlink(path.c_str()) != 0;
  if (fchmod(made, 0600) != 0 || bind(made, address.get(), BellAddress::size()) != 0) {
    const char* const who = stays ? "an earlier one cannot be removed; check the folder's mode"
                                  : "something else has its name; remove it";
    if (errno == EADDRINUSE) trouble_ = who;
    close(made);
    return false;
  }
  chmod(path.c_str(), 0600);
  BellAddress::GiveToOwnerOf(beside, path);
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
  const BellAddress address(path);
  const int bell =
      address.ok() && IsTrustedSocket(path, beside) ? NewSocket(AF_UNIX, SOCK_DGRAM, 0, false) : -1;
  if (bell < 0) return false;
  // Enough may have been rung already.
  const bool rung = sendto(bell, &what, 1, MSG_NOSIGNAL | MSG_DONTWAIT, address.get(),
                           BellAddress::size()) >= 0 ||
                    errno == EAGAIN;
  close(bell);
  return rung;
}

}  // namespace embeddables
