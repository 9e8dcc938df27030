// Whether this device has a network at all, as the system tells without being asked.
//
// kUnavailable is said only of what is certain: no interface besides loopback is up, has a carrier
// and an address, or the default route that was there at some time since Open has gone. A device
// that never had a default route may reach a relay on its own link, so it counts as available.
// Whether anything answers out there is not known here.
//
// Used by one thread. Nothing waits: the owner polls the descriptor beside its others.

#ifndef EMBEDDABLES_PLATFORM_NETWORK_MONITOR_H_
#define EMBEDDABLES_PLATFORM_NETWORK_MONITOR_H_

#include <cstdint>
#include <vector>

namespace embeddables {

class NetworkMonitor {
 public:
  enum class State : std::uint8_t { kUnknown, kAvailable, kUnavailable };

  NetworkMonitor() = default;
  ~NetworkMonitor() { Close(); }
  NetworkMonitor(const NetworkMonitor&) = delete;
  NetworkMonitor& operator=(const NetworkMonitor&) = delete;

  // False where the system does not tell (a sandbox): the state stays unknown.
  bool Open();
  void Close();
  // Readable when Update has something to read; -1 while not open.
  int descriptor() const { return descriptor_; }
  State state() const { return state_; }

  // Reads what has come. True: there is a way out that was not there before (an interface with a
  // carrier, an address, a default route).
  bool Update();

 private:
  bool ReadEvents();
  bool Evaluate();

  int descriptor_ = -1;
  State state_ = State::kUnknown;
  bool had_default_route_ = false;
  std::vector<std::uint64_t> ways_;  // what can be used now, as sorted fingerprints
};

}  // namespace embeddables

#endif  // EMBEDDABLES_PLATFORM_NETWORK_MONITOR_H_
