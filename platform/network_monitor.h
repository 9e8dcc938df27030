// Knows whether this device has a network at all; the system reports changes by itself.
//
// kUnavailable is reported only if it is certain: no interface besides loopback is up and has a
// carrier and an address, or a default route that existed at some time since Open is gone. A device
// that never had a default route may reach a relay on its own link, so it counts as available. The
// monitor does not know whether any server answers.
//
// Only one thread may use it. Nothing waits: the owner polls the descriptor beside its others.

#ifndef EMBEDDABLES_PLATFORM_NETWORK_MONITOR_H_
#define EMBEDDABLES_PLATFORM_NETWORK_MONITOR_H_

#include <cstdint>
#include <vector>

#include "platform/handle.h"

namespace embeddables {

class NetworkMonitor {
 public:
  enum class State : std::uint8_t { kUnknown, kAvailable, kUnavailable };

  NetworkMonitor() = default;
  ~NetworkMonitor() { Close(); }
  NetworkMonitor(const NetworkMonitor&) = delete;
  NetworkMonitor& operator=(const NetworkMonitor&) = delete;

  // False if the system does not tell (in a sandbox): the state stays unknown.
  bool Open();
  void Close();
  // Becomes readable when Update has something to read; none while not open.
  Waitable waitable() const { return waitable_; }
  State state() const { return state_; }

  // Reads the new reports. True: there is a new way out (an interface with a carrier, an address, a
  // default route).
  bool Update();
  // Did the last Update find reports?
  bool had_news() const { return had_news_; }
  // The system may not tell of the change that the owner waits for, so the owner has to Look from
  // time to time.
  bool must_look() const { return must_look_; }
  // Looks although there was no report. Returns what Update returns.
  bool Look();

 private:
  bool ReadEvents();
  bool Evaluate();

  struct Source;

  Waitable waitable_;
  [[maybe_unused]] Source* source_ = nullptr;  // makes it readable, if the system does not
  State state_ = State::kUnknown;
  bool had_news_ = false;
  bool must_look_ = false;
  bool had_default_route_ = false;
  std::vector<std::uint64_t> ways_;  // the usable ways out, as sorted fingerprints
};

}  // namespace embeddables

#endif  // EMBEDDABLES_PLATFORM_NETWORK_MONITOR_H_
