#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "platform/network_monitor.h"
#include "platform/network_picture_posix.h"
#include "platform/private_file_posix.h"

namespace embeddables {
namespace {

// The kernel fills up to this much of a dump into one read (netlink(7)).
constexpr std::size_t kReadBytes = 32 * 1024;
constexpr unsigned int kGroups =
    RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE;

struct Attribute {
  const void* data = nullptr;
  std::size_t size = 0;

  int AsInt() const {
    int value = 0;
    if (size >= sizeof value) std::memcpy(&value, data, sizeof value);
    return value;
  }
};

// Returns the fixed part of a message, or null if the message is cut short.
template <class Body>
const Body* BodyOf(const nlmsghdr* message) {
  if (message->nlmsg_len < NLMSG_LENGTH(sizeof(Body))) return nullptr;
  return static_cast<const Body*>(NLMSG_DATA(message));
}

template <class Body>
Attribute Find(const nlmsghdr* message, unsigned short type) {
  const auto* at = reinterpret_cast<const rtattr*>(static_cast<const char*>(NLMSG_DATA(message)) +
                                                   NLMSG_ALIGN(sizeof(Body)));
  auto left = static_cast<int>(message->nlmsg_len - NLMSG_SPACE(sizeof(Body)));
  for (; RTA_OK(at, left); at = RTA_NEXT(at, left)) {
    if ((at->rta_type & NLA_TYPE_MASK) == type) return {RTA_DATA(at), RTA_PAYLOAD(at)};
  }
  return {};
}

int OpenRouteSocket(unsigned int groups) {
  const int made = NewSocket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, false);
  if (made < 0) return -1;
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = groups;
  if (bind(made, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return made;
  close(made);
  return -1;
}

// Does one read of messages, from the kernel only. 0: there is nothing; negative: minus errno.
ssize_t Receive(int from, char* buffer) {
  sockaddr_nl sender{};
  socklen_t size = sizeof sender;
  ssize_t got = 0;
  do {
    got = recvfrom(from, buffer, kReadBytes, 0, reinterpret_cast<sockaddr*>(&sender), &size);
  } while (got > 0 && sender.nl_pid != 0);
  return got < 0 ? -errno : got;
}

// Calls `visit` for each message of a dump of links, addresses or routes. The kernel makes a dump
// while it is read, so nothing waits. A change during the dump causes a message of its own.
template <class Visit>
bool Dump(int socket, unsigned short type, char* buffer, const Visit& visit) {
  struct {
    nlmsghdr header;
    rtgenmsg body;
  } request{};
  request.header.nlmsg_len = NLMSG_LENGTH(sizeof request.body);
  request.header.nlmsg_type = type;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.body.rtgen_family = AF_UNSPEC;
  if (send(socket, &request, request.header.nlmsg_len, 0) < 0) return false;
  for (;;) {
    const ssize_t got = Receive(socket, buffer);
    if (got == -EINTR) continue;
    if (got <= 0) return false;
    auto left = static_cast<unsigned int>(got);
    const auto* message = reinterpret_cast<const nlmsghdr*>(buffer);
    for (; NLMSG_OK(message, left); message = NLMSG_NEXT(message, left)) {
      if (message->nlmsg_type == NLMSG_DONE) return true;
      if (message->nlmsg_type == NLMSG_ERROR) return false;
      visit(message);
    }
  }
}

// The combined content of three dumps.
struct Picture : NetworkPicture {
  std::vector<int> links;  // interfaces that are up and have a carrier
  bool any_link = false;   // even loopback: shows that the system does tell

  bool Usable(int link) const { return std::find(links.begin(), links.end(), link) != links.end(); }

  void TakeLink(const nlmsghdr* message) {
    const auto* link = BodyOf<ifinfomsg>(message);
    if (link == nullptr || message->nlmsg_type != RTM_NEWLINK) return;
    any_link = true;
    constexpr unsigned int kCarries = IFF_UP | IFF_RUNNING;
    if ((link->ifi_flags & IFF_LOOPBACK) != 0 || (link->ifi_flags & kCarries) != kCarries) return;
    links.push_back(link->ifi_index);
  }

  void TakeAddress(const nlmsghdr* message) {
    const auto* body = BodyOf<ifaddrmsg>(message);
    if (body == nullptr || message->nlmsg_type != RTM_NEWADDR) return;
    const int link = static_cast<int>(body->ifa_index);
    // A link-local IPv6 address comes by itself with any carrier, and an address that is still
    // being checked for duplicates cannot be used.
    const bool local = body->ifa_family == AF_INET6 && body->ifa_scope == RT_SCOPE_LINK;
    const bool early = (body->ifa_flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) != 0 &&
                       (body->ifa_flags & IFA_F_OPTIMISTIC) == 0;
    if (local || early || !Usable(link)) return;
    address = true;
    const Attribute text = Find<ifaddrmsg>(message, IFA_ADDRESS);
    ways.push_back(
        Fingerprint().Add("address", 7).Add(&link, sizeof link).Add(text.data, text.size).value());
  }

  void TakeRoute(const nlmsghdr* message) {
    const auto* route = BodyOf<rtmsg>(message);
    if (route == nullptr || message->nlmsg_type != RTM_NEWROUTE) return;
    const unsigned int unfit = RTM_F_CLONED | RTNH_F_DEAD | RTNH_F_LINKDOWN;
    if (route->rtm_dst_len != 0 || route->rtm_type != RTN_UNICAST ||
        (route->rtm_flags & unfit) != 0 || !Leads(message)) {
      return;
    }
    default_route = true;
    const Attribute gateway = Find<rtmsg>(message, RTA_GATEWAY);
    const int link = Find<rtmsg>(message, RTA_OIF).AsInt();
    ways.push_back(Fingerprint()
                       .Add("route", 5)
                       .Add(&link, sizeof link)
                       .Add(gateway.data, gateway.size)
                       .value());
  }

  // Does any of the route's next hops leave by a link with a carrier?
  bool Leads(const nlmsghdr* message) const {
    const Attribute link = Find<rtmsg>(message, RTA_OIF);
    if (link.data != nullptr) return Usable(link.AsInt());
    const Attribute hops = Find<rtmsg>(message, RTA_MULTIPATH);
    if (hops.data == nullptr) return false;
    const auto* hop = static_cast<const rtnexthop*>(hops.data);
    auto left = static_cast<int>(hops.size);
    while (left >= static_cast<int>(sizeof *hop) && RTNH_OK(hop, left)) {
      if (Usable(hop->rtnh_ifindex)) return true;
      left -= static_cast<int>(RTNH_ALIGN(hop->rtnh_len));
      hop = RTNH_NEXT(hop);
    }
    return false;
  }
};

// A router's tables change all the time; only default routes matter here.
bool Matters(const nlmsghdr* message) {
  if (message->nlmsg_type != RTM_NEWROUTE && message->nlmsg_type != RTM_DELROUTE) return true;
  const auto* route = BodyOf<rtmsg>(message);
  return route == nullptr || route->rtm_dst_len == 0;
}

}  // namespace

bool TakePicture(NetworkPicture* picture) {
  Picture now;
  const int socket = OpenRouteSocket(0);
  if (socket < 0) return false;
  const auto buffer = std::make_unique<char[]>(kReadBytes);
  const bool whole =
      Dump(socket, RTM_GETLINK, buffer.get(), [&](auto* each) { now.TakeLink(each); }) &&
      Dump(socket, RTM_GETADDR, buffer.get(), [&](auto* each) { now.TakeAddress(each); }) &&
      Dump(socket, RTM_GETROUTE, buffer.get(), [&](auto* each) { now.TakeRoute(each); });
  close(socket);
  const bool any_link = now.any_link;
  *picture = std::move(now);
  return whole && any_link;
}

int OpenNewsSocket() { return OpenRouteSocket(kGroups); }

// Returns true if a message came that may change the picture.
bool NetworkMonitor::ReadEvents() {
  alignas(nlmsghdr) char buffer[kReadBytes / 4];
  bool matters = false;
  for (;;) {
    const ssize_t got =
        recv(DescriptorOf(waitable_), buffer, sizeof buffer, MSG_DONTWAIT | MSG_TRUNC);
    if (got < 0 && errno == EINTR) continue;
    // Messages were lost because nobody read for long, or one is too long: look at everything.
    if ((got < 0 && errno == ENOBUFS) || got > static_cast<ssize_t>(sizeof buffer)) {
      matters = true;
      continue;
    }
    if (got <= 0) return matters;
    auto left = static_cast<unsigned int>(got);
    const auto* message = reinterpret_cast<const nlmsghdr*>(buffer);
    for (; NLMSG_OK(message, left); message = NLMSG_NEXT(message, left)) {
      matters = matters || Matters(message);
    }
  }
}

}  // namespace embeddables
