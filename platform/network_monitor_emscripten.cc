#include "platform/network_monitor.h"

namespace embeddables {

// A browser's navigator.onLine is true behind any switch: what a host makes of it, it says with
// SetNetworkState.
bool NetworkMonitor::Open() { return false; }
void NetworkMonitor::Close() {}
bool NetworkMonitor::Update() { return false; }
bool NetworkMonitor::Look() { return false; }

}  // namespace embeddables
