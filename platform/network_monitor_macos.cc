#include <ifaddrs.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/sysctl.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "platform/network_monitor.h"
#include "platform/network_picture_posix.h"
#include "platform/private_file_posix.h"

namespace embeddables {
namespace {

constexpr std::size_t kMessageBytes = 2048;

// The addresses of a message of the routing socket follow it, each at a multiple of four bytes.
struct Addresses {
  const char* at;
  const char* end;

  // The next one; null: there is none. Its length may be 0: an address of zeros.
  const sockaddr* Next() {
    if (end - at < 2) return nullptr;
    const auto* found = reinterpret_cast<const sockaddr*>(at);
    const std::size_t size =
        found->sa_len == 0 ? 4 : (found->sa_len + std::size_t{3}) & ~std::size_t{3};
    if (static_cast<std::size_t>(end - at) < std::min<std::size_t>(size, found->sa_len))
      return nullptr;
    at += std::min(size, static_cast<std::size_t>(end - at));
    return found;
  }
};

// Are all its bytes behind the family zero? The netmask of a default route is cut off at its last
// byte that is not, and its family may be missing.
bool IsZero(const sockaddr& address, std::size_t from) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(&address);
  for (std::size_t i = from; i < address.sa_len; ++i) {
    if (bytes[i] != 0) return false;
  }
  return true;
}

std::size_t AddressAt(const sockaddr& of) {
  return of.sa_family == AF_INET6 ? offsetof(sockaddr_in6, sin6_addr)
                                  : offsetof(sockaddr_in, sin_addr);
}

struct Picture : NetworkPicture {
  std::vector<unsigned int> links;  // interfaces that are up and have an address

  // An address that comes by itself with any link leads nowhere; the system's tunnels have one.
  void TakeAddress(const ifaddrs& each) {
    constexpr unsigned int kCarries = IFF_UP | IFF_RUNNING;
    if (each.ifa_addr == nullptr || (each.ifa_flags & kCarries) != kCarries ||
        (each.ifa_flags & IFF_LOOPBACK) != 0) {
      return;
    }
    const int family = each.ifa_addr->sa_family;
    if (family != AF_INET && family != AF_INET6) return;
    if (family == AF_INET6) {
      const auto* ipv6 = reinterpret_cast<const sockaddr_in6*>(each.ifa_addr);
      if (IN6_IS_ADDR_LINKLOCAL(&ipv6->sin6_addr)) return;
    }
    const unsigned int link = if_nametoindex(each.ifa_name);
    links.push_back(link);
    address = true;
    ways.push_back(Fingerprint()
                       .Add("address", 7)
                       .Add(&link, sizeof link)
                       .Add(each.ifa_addr, each.ifa_addr->sa_len)
                       .value());
  }

  void TakeRoute(const rt_msghdr& route) {
    constexpr int kUnfit = RTF_HOST | RTF_REJECT | RTF_BLACKHOLE | RTF_WASCLONED | RTF_DEAD;
    const unsigned int link = route.rtm_index;
    if ((route.rtm_flags & RTF_UP) == 0 || (route.rtm_flags & kUnfit) != 0 ||
        std::find(links.begin(), links.end(), link) == links.end()) {
      return;
    }
    const auto* begin = reinterpret_cast<const char*>(&route);
    Addresses addresses{begin + sizeof route, begin + route.rtm_msglen};
    const auto next = [&](int which) {
      return (route.rtm_addrs & which) != 0 ? addresses.Next() : nullptr;
    };
    const sockaddr* to = next(RTA_DST);
    const sockaddr* gateway = next(RTA_GATEWAY);
    const sockaddr* mask = next(RTA_NETMASK);
    if (to == nullptr || !IsZero(*to, AddressAt(*to))) return;
    if (mask != nullptr && !IsZero(*mask, AddressAt(*to))) return;
    default_route = true;
    Fingerprint way;
    way.Add("route", 5).Add(&link, sizeof link);
    if (gateway != nullptr) way.Add(gateway, gateway->sa_len);
    ways.push_back(way.value());
  }
};

bool TakeAddresses(Picture* picture) {
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0 || first == nullptr) return false;
  for (const ifaddrs* each = first; each != nullptr; each = each->ifa_next) {
    picture->TakeAddress(*each);
  }
  freeifaddrs(first);
  return true;
}

bool TakeRoutes(Picture* picture) {
  int what[] = {CTL_NET, PF_ROUTE, 0, AF_UNSPEC, NET_RT_DUMP, 0};
  std::size_t size = 0;
  if (sysctl(what, 6, nullptr, &size, nullptr, 0) != 0) return false;
  size += size / 4 + kMessageBytes;  // there may be more by now
  std::vector<char> dump(size);
  if (sysctl(what, 6, dump.data(), &size, nullptr, 0) != 0) return false;
  for (std::size_t at = 0; size - at >= sizeof(rt_msghdr);) {
    alignas(rt_msghdr) char message[kMessageBytes] = {};
    std::uint16_t length = 0;
    std::memcpy(&length, dump.data() + at, sizeof length);
    if (length < sizeof(rt_msghdr) || length > size - at) return false;
    if (length <= sizeof message) {
      std::memcpy(message, dump.data() + at, length);
      picture->TakeRoute(*reinterpret_cast<const rt_msghdr*>(message));
    }
    at += length;
  }
  return true;
}

// Routes to single hosts come and go with each connection.
bool Matters(const rt_msghdr& message) {
  switch (message.rtm_type) {
    case RTM_ADD:
    case RTM_DELETE:
    case RTM_CHANGE:
      return (message.rtm_flags & (RTF_HOST | RTF_WASCLONED | RTF_LLINFO)) == 0;
    case RTM_NEWADDR:
    case RTM_DELADDR:
    case RTM_IFINFO:
      return true;
    default:
      return false;
  }
}

}  // namespace

bool TakePicture(NetworkPicture* picture) {
  Picture now;
  if (!TakeAddresses(&now) || !TakeRoutes(&now)) return false;
  *picture = now;
  return true;
}

int OpenNewsSocket() { return NewSocket(PF_ROUTE, SOCK_RAW, 0, false); }

// Returns true if a message came that may change the picture.
bool NetworkMonitor::ReadEvents() {
  bool matters = false;
  for (;;) {
    // Messages about interfaces are shorter than a route's, of which they have the beginning.
    alignas(rt_msghdr) char message[kMessageBytes] = {};
    const ssize_t got = recv(DescriptorOf(waitable_), message, sizeof message, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == ENOBUFS) {  // messages were lost, because nobody read for long
      matters = true;
      continue;
    }
    if (got <= 0) return matters;
    matters = matters || Matters(*reinterpret_cast<const rt_msghdr*>(message));
  }
}

}  // namespace embeddables
