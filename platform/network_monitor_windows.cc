#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <new>
#include <utility>
#include <vector>

#include "platform/network_monitor.h"
#include "platform/socket.h"
#include "platform/system_windows.h"
#include "platform/wake_signal.h"

namespace embeddables {
namespace {

// FNV-1a, only to tell one way out from another.
class Fingerprint {
 public:
  Fingerprint& Add(const void* data, std::size_t size) {
    const auto* bytes = static_cast<const unsigned char*>(data);
    for (std::size_t i = 0; i < size; ++i) hash_ = (hash_ ^ bytes[i]) * 0x100000001b3u;
    return *this;
  }
  // A link-local address differs from one interface to another, and so does its port: none.
  Fingerprint& Add(const sockaddr& address) {
    if (address.sa_family == AF_INET) {
      return Add(&reinterpret_cast<const sockaddr_in&>(address).sin_addr, sizeof(in_addr));
    }
    return Add(&reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, sizeof(in6_addr));
  }
  std::uint64_t value() const { return hash_; }

 private:
  std::uint64_t hash_ = 0xcbf29ce484222325u;
};

// The system's news of one family's addresses, which come with an address or a link that goes or
// comes, but not with a route. The system sets the event, and a thread of its pool passes that on.
class AddressNews {
 public:
  AddressNews() = default;
  ~AddressNews() { Close(); }
  AddressNews(const AddressNews&) = delete;
  AddressNews& operator=(const AddressNews&) = delete;

  bool Open(int family, WakeSignal* signal) {
    event_ = CreateEventW(nullptr, FALSE, FALSE, nullptr);  // the wait takes it back
    socket_ = WSASocketW(family, SOCK_DGRAM, IPPROTO_UDP, nullptr, 0,
                         WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
    if (event_ == nullptr || socket_ == INVALID_SOCKET) return false;
    u_long at_once = 1;
    ioctlsocket(socket_, static_cast<long>(FIONBIO), &at_once);
    return RegisterWaitForSingleObject(&wait_, event_, &AddressNews::Came, signal, INFINITE,
                                       WT_EXECUTEINWAITTHREAD) != 0 &&
           Ask();
  }

  // Asks for the next news, if the last have come. They come once for each question.
  bool Ask() {
    if (asked_ && !HasOverlappedIoCompleted(&answer_)) return true;
    answer_ = OVERLAPPED();
    answer_.hEvent = event_;
    DWORD bytes = 0;
    asked_ = WSAIoctl(socket_, SIO_ADDRESS_LIST_CHANGE, nullptr, 0, nullptr, 0, &bytes, &answer_,
                      nullptr) == 0 ||
             WSAGetLastError() == WSA_IO_PENDING;
    return asked_;
  }
  // False: no news come until Ask succeeds.
  bool asked() const { return asked_; }

 private:
  static void CALLBACK Came(PVOID signal, BOOLEAN) { static_cast<WakeSignal*>(signal)->Signal(); }

  // The system writes into answer_ until the question has ended.
  void Close() {
    if (wait_ != nullptr) UnregisterWaitEx(wait_, INVALID_HANDLE_VALUE);  // waits for Came
    if (asked_ && !HasOverlappedIoCompleted(&answer_)) {
      DWORD bytes = 0, flags = 0;
      CancelIoEx(reinterpret_cast<HANDLE>(socket_), &answer_);
      WSAGetOverlappedResult(socket_, &answer_, &bytes, TRUE, &flags);
    }
    if (socket_ != INVALID_SOCKET) closesocket(socket_);
    if (event_ != nullptr) CloseHandle(event_);
  }

  SOCKET socket_ = INVALID_SOCKET;
  HANDLE event_ = nullptr;
  HANDLE wait_ = nullptr;
  OVERLAPPED answer_{};
  bool asked_ = false;
};

// The system's news of routes, for those that come later than their address. Wine never has any.
class RouteNews {
 public:
  RouteNews() = default;
  // Waits for Came.
  ~RouteNews() {
    if (news_ != nullptr) CancelMibChangeNotify2(news_);
  }
  RouteNews(const RouteNews&) = delete;
  RouteNews& operator=(const RouteNews&) = delete;

  void Open(WakeSignal* signal) {
    if (NotifyRouteChange2(AF_UNSPEC, &RouteNews::Came, signal, FALSE, &news_) != NO_ERROR) {
      news_ = nullptr;
    }
  }

 private:
  static void WINAPI Came(PVOID signal, PMIB_IPFORWARD_ROW2, MIB_NOTIFICATION_TYPE) {
    static_cast<WakeSignal*>(signal)->Signal();
  }

  HANDLE news_ = nullptr;
};

// The sum of the adapters and the routes.
struct Picture {
  std::vector<NET_LUID> links;      // interfaces that are up and have a carrier
  std::vector<std::uint64_t> ways;  // addresses and default routes on them
  bool address = false, default_route = false;

  bool Usable(const NET_LUID& link) const {
    return std::any_of(links.begin(), links.end(),
                       [&](const NET_LUID& each) { return each.Value == link.Value; });
  }

  void TakeAddress(const NET_LUID& link, const IP_ADAPTER_UNICAST_ADDRESS& unicast) {
    const sockaddr& found = *unicast.Address.lpSockaddr;
    // A link-local IPv6 address comes by itself with any carrier, and an address that is still
    // being checked for duplicates cannot be used.
    const bool local =
        found.sa_family == AF_INET6 &&
        IN6_IS_ADDR_LINKLOCAL(&reinterpret_cast<const sockaddr_in6&>(found).sin6_addr) != 0;
    const bool early =
        unicast.DadState != IpDadStatePreferred && unicast.DadState != IpDadStateDeprecated;
    if (local || early) return;
    address = true;
    ways.push_back(
        Fingerprint().Add("address", 7).Add(&link.Value, sizeof link.Value).Add(found).value());
  }

  void TakeLink(const IP_ADAPTER_ADDRESSES& adapter) {
    if (adapter.IfType == IF_TYPE_SOFTWARE_LOOPBACK || adapter.OperStatus != IfOperStatusUp) return;
    links.push_back(adapter.Luid);
    for (const auto* each = adapter.FirstUnicastAddress; each != nullptr; each = each->Next) {
      TakeAddress(adapter.Luid, *each);
    }
  }

  void TakeRoute(const MIB_IPFORWARD_ROW2& route) {
    if (route.DestinationPrefix.PrefixLength != 0 || route.Loopback ||
        !Usable(route.InterfaceLuid)) {
      return;
    }
    default_route = true;
    ways.push_back(Fingerprint()
                       .Add("route", 5)
                       .Add(&route.InterfaceLuid.Value, sizeof route.InterfaceLuid.Value)
                       .Add(reinterpret_cast<const sockaddr&>(route.NextHop))
                       .value());
  }
};

bool TakeAdapters(Picture* picture) {
  constexpr ULONG kHow = GAA_FLAG_SKIP_ANYCAST | GAA_FLAG_SKIP_MULTICAST |
                         GAA_FLAG_SKIP_DNS_SERVER | GAA_FLAG_SKIP_FRIENDLY_NAME;
  constexpr int kTries = 4;  // it may grow between two calls
  ULONG size = 16 * 1024;
  for (int tries = 0; tries < kTries; ++tries) {
    auto* adapters = static_cast<IP_ADAPTER_ADDRESSES*>(std::malloc(size));
    if (adapters == nullptr) return false;
    const ULONG asked = GetAdaptersAddresses(AF_UNSPEC, kHow, nullptr, adapters, &size);
    if (asked == ERROR_SUCCESS) {
      for (const auto* each = adapters; each != nullptr; each = each->Next)
        picture->TakeLink(*each);
    }
    std::free(adapters);
    if (asked == ERROR_SUCCESS) return true;
    if (asked != ERROR_BUFFER_OVERFLOW) return false;
  }
  return false;
}

bool TakePicture(Picture* picture) {
  if (!TakeAdapters(picture)) return false;
  MIB_IPFORWARD_TABLE2* routes = nullptr;
  if (GetIpForwardTable2(AF_UNSPEC, &routes) != NO_ERROR) return false;
  for (ULONG i = 0; i < routes->NumEntries; ++i) picture->TakeRoute(routes->Table[i]);
  FreeMibTable(routes);
  std::sort(picture->ways.begin(), picture->ways.end());
  return true;
}

}  // namespace

struct NetworkMonitor::Source {
  WakeSignal signal;  // the last to go: the others use it
  AddressNews ipv4, ipv6;
  bool has_ipv6 = false;
  RouteNews routes;

  bool Open() {
    if (!signal.ok() || !ipv4.Open(AF_INET, &signal)) return false;
    has_ipv6 = ipv6.Open(AF_INET6, &signal);
    routes.Open(&signal);
    return true;
  }
  // The system tells again of all that comes after the question.
  void Ask() {
    ipv4.Ask();
    if (has_ipv6) ipv6.Ask();
  }
  bool asked() const { return ipv4.asked() && (!has_ipv6 || ipv6.asked()); }
};

bool NetworkMonitor::Open() {
  if (waitable_.ok()) return true;
  auto* source = new (std::nothrow) Source;
  if (source == nullptr) return false;
  if (!source->Open()) {
    delete source;
    return false;
  }
  source_ = source;
  waitable_ = source->signal.waitable();
  Evaluate();
  return true;
}

void NetworkMonitor::Close() {
  delete source_;
  source_ = nullptr;
  waitable_ = Waitable();
  state_ = State::kUnknown;
}

bool NetworkMonitor::Update() {
  had_news_ = waitable_.ok() && ReadEvents();
  return had_news_ && Evaluate();
}

// A question that failed is asked again.
bool NetworkMonitor::Look() {
  if (!waitable_.ok()) return false;
  source_->Ask();
  return Evaluate();
}

// True: something may have changed.
bool NetworkMonitor::ReadEvents() {
  if (!WaitReadable({waitable_}, std::chrono::milliseconds(0))) return false;
  source_->signal.Clear();
  source_->Ask();
  return true;
}

// Returns true if there is a new way out. A default route may come, and an address that is being
// checked for duplicates become usable, without news.
bool NetworkMonitor::Evaluate() {
  Picture now;
  state_ = State::kUnknown;
  must_look_ = true;
  if (!TakePicture(&now)) return false;  // better no answer than a wrong one
  had_default_route_ = had_default_route_ || now.default_route;
  const bool available = now.default_route || (now.address && !had_default_route_);
  state_ = available ? State::kAvailable : State::kUnavailable;
  must_look_ = !available || !source_->asked();
  const bool gained = !std::includes(ways_.begin(), ways_.end(), now.ways.begin(), now.ways.end());
  ways_ = std::move(now.ways);
  return gained;
}

}  // namespace embeddables
