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
  // none here, or something else or somebody else's has that name.
  bool Listen(const std::string& path);
  void Close();
  // Readable when it rang; -1: not listening.
  int descriptor() const { return descriptor_; }
  // Takes what was rung since the last time, in any order.
  std::string Take();

  // Anybody: says `what` if somebody listens. Never blocks.
  static void Ring(const std::string& path, char what);

 private:
  int descriptor_ = -1;
  std::string path_;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_PLATFORM_DOORBELL_H_
