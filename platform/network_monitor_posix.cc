#include <algorithm>
#include <utility>

#include "platform/network_monitor.h"
#include "platform/network_picture_posix.h"
#include "platform/private_file_posix.h"

namespace embeddables {

bool NetworkMonitor::Open() {
  waitable_ = Waitable(OpenNewsSocket());
  if (!waitable_.ok()) return false;
  Evaluate();
  return true;
}

void NetworkMonitor::Close() {
  Drop(&waitable_);
  state_ = State::kUnknown;
}

bool NetworkMonitor::Update() {
  had_news_ = waitable_.ok() && ReadEvents();
  return had_news_ && Evaluate();
}

bool NetworkMonitor::Look() { return waitable_.ok() && Evaluate(); }

// Returns true if there is a new way out.
bool NetworkMonitor::Evaluate() {
  NetworkPicture now;
  state_ = State::kUnknown;
  if (!TakePicture(&now)) return false;  // better no answer than a wrong one
  std::sort(now.ways.begin(), now.ways.end());
  had_default_route_ = had_default_route_ || now.default_route;
  const bool available = now.default_route || (now.address && !had_default_route_);
  state_ = available ? State::kAvailable : State::kUnavailable;
  const bool gained = !std::includes(ways_.begin(), ways_.end(), now.ways.begin(), now.ways.end());
  ways_ = std::move(now.ways);
  return gained;
}

}  // namespace embeddables
