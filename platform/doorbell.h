// A process that has appended to a store wakes the sender through a socket beside the store. It is
// only a hint: a sender that cannot be rung has to look for itself.
//
// Where a socket has no name among the files (Windows), `path` is a file that says on which
// loopback port to ring, and with which secret: whoever may read the store's folder may ring. A
// ring without the secret only wakes the listener.

#ifndef EMBEDDABLES_PLATFORM_DOORBELL_H_
#define EMBEDDABLES_PLATFORM_DOORBELL_H_

#include <string>

#include "platform/handle.h"
#include "platform/named_file.h"

namespace embeddables {

class Doorbell {
 public:
  Doorbell() = default;
  ~Doorbell() { Close(); }
  Doorbell(const Doorbell&) = delete;
  Doorbell& operator=(const Doorbell&) = delete;

  // For the sender, and only one at a time: makes the socket, 0600, and listens. False: there can
  // be no socket here, or another file or user has that name. A socket that root makes belongs to
  // the owner of `beside`, who may also have left one.
  bool Listen(const std::string& path, const std::string& beside = {});
  // Removes the socket, unless another one has its name by now.
  void Close();
  // It listens, but somebody has removed the socket's name or given it away: nobody can ring.
  bool HasLostName() const { return waitable_.ok() && !file_.StillAt(path_); }
  // Readable when it rang; none: not listening.
  Waitable waitable() const { return waitable_; }
  // The trouble that the last Listen met; empty: none, or there can be no sockets here.
  const std::string& trouble() const { return trouble_; }
  // Takes the signals that were rung since the last call, in any order.
  std::string Take();

  // For any process: sends `what` if somebody listens; false: nobody does. Never blocks. The socket
  // is trusted if it belongs to this user, to root or to the owner of `beside`, who may read the
  // whole store anyway.
  static bool Ring(const std::string& path, char what, const std::string& beside = {});

 private:
  Waitable waitable_;
  std::string path_;
  NamedFile file_;
  [[maybe_unused]] Handle sign_;         // the file that says where to ring, if it is no socket
  [[maybe_unused]] std::string secret_;  // that ringers have to know
  std::string trouble_;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_PLATFORM_DOORBELL_H_
