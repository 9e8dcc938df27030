// How a process that has appended to a store wakes the one that sends from it: a socket beside
// the store. Only a hint: who misses it looks again within seconds.

#ifndef EMBEDDABLES_PLATFORM_DOORBELL_H_
#define EMBEDDABLES_PLATFORM_DOORBELL_H_

#include <string>

namespace embeddables {

class Doorbell {
 public:
  Doorbell() = default;
  ~Doorbell() { Close(); }
  Doorbell(const Doorbell&) = delete;
  Doorbell& operator=(const Doorbell&) = delete;

  // The sender, and only one at a time: makes the socket, 0600, and listens. False: there can be
  // none here, or something else or somebody else's has that name. One that root makes belongs to
  // the owner of `beside`, who may have left one, too.
  bool Listen(const std::string& path, const std::string& beside = {});
  void Close();
  // Readable when it rang; -1: not listening.
  int descriptor() const { return descriptor_; }
  // What the last Listen found in its place; empty: nothing, or there can be no sockets here.
  const std::string& trouble() const { return trouble_; }
  // Takes what was rung since the last time, in any order.
  std::string Take();

  // Anybody: says `what` if somebody listens. Never blocks. The socket is trusted if it is this
  // user's, or root's or the owner's of `beside`, who may read all that is in the store anyway.
  static void Ring(const std::string& path, char what, const std::string& beside = {});

 private:
  int descriptor_ = -1;
  std::string path_;
  std::string trouble_;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_PLATFORM_DOORBELL_H_
