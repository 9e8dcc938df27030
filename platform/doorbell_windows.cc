#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "platform/clock.h"
#include "platform/doorbell.h"
#include "platform/named_file.h"
#include "platform/paths.h"
#include "platform/system_windows.h"

namespace embeddables {
namespace {

constexpr char kFirstWords[] = "embeddables-agent rings at port ";
constexpr std::size_t kSecretLetters = 32;
constexpr std::size_t kPortLetters = 5;
constexpr std::size_t kFirstLetters = sizeof kFirstWords - 1;
constexpr std::size_t kSignBytes = kFirstLetters + kPortLetters + 1 + kSecretLetters + 1;

std::string MakeSecret() {
  char text[kSecretLetters + 1];
  std::snprintf(text, sizeof text, "%016llx%016llx", static_cast<unsigned long long>(RandomSeed()),
                static_cast<unsigned long long>(RandomSeed()));
  return text;
}

std::uint16_t PortOf(Waitable socket) {
  sockaddr_in own{};
  int size = sizeof own;
  getsockname(SocketOf(socket), reinterpret_cast<sockaddr*>(&own), &size);
  return ntohs(own.sin_port);
}

std::string SignFor(Waitable socket, const std::string& secret) {
  char port[kPortLetters + 1];
  std::snprintf(port, sizeof port, "%05u", unsigned{PortOf(socket)});
  return kFirstWords + std::string(port) + " " + secret + "\n";
}

// Reads where to ring, if somebody listens there. A process that has died listens no more, and the
// system may have given its port to another program.
bool ReadSign(const std::string& path, sockaddr_in* address, std::string* secret) {
  Handle sign = OpenFileAt(path, GENERIC_READ, OPEN_EXISTING);
  if (!sign.ok()) return false;
  std::string text(kSignBytes, '\0');
  const bool good = HasOwner(sign) && ReadAll(sign, 0, text.data(), text.size()) &&
                    text.compare(0, kFirstLetters, kFirstWords) == 0;
  Drop(&sign);
  if (!good) return false;
  const int port = std::atoi(text.substr(kFirstLetters, kPortLetters).c_str());
  address->sin_family = AF_INET;
  address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address->sin_port = htons(static_cast<std::uint16_t>(port));
  *secret = text.substr(kFirstLetters + kPortLetters + 1, kSecretLetters);
  return true;
}

// A sender that was killed before it wrote its sign has left an empty file, and one that lost power
// perhaps a file of zeros.
bool IsOldSign(const Handle& file, std::uint64_t size) {
  std::string error;
  std::string text(static_cast<std::size_t>(std::min<std::uint64_t>(size, kSignBytes)), '\0');
  if (IsNoFile(file, &error) || !ReadAll(file, 0, text.data(), text.size())) return false;
  if (text.compare(0, kFirstLetters, kFirstWords) == 0) return true;
  return size <= kSignBytes && !HasOwner(file) && text.find_first_not_of('\0') == std::string::npos;
}

enum class Found : std::uint8_t {
  kNothing,  // any more
  kHeld,     // another program, such as a virus scanner, has the old sign open: for a moment
  kElse,     // not ours to remove
};

Found RemoveOldSign(const std::string& path) {
  FileId there;
  std::uint64_t size = 0;
  if (FindFile(path, &there, &size) == Presence::kMissing) return Found::kNothing;
  Handle file = OpenFileAt(path, GENERIC_READ, OPEN_EXISTING);
  if (!file.ok()) return GetLastError() == ERROR_SHARING_VIOLATION ? Found::kHeld : Found::kElse;
  const bool old = IsOldSign(file, size);
  Drop(&file);
  if (!old) return Found::kElse;
  if (RemoveFile(path)) return Found::kNothing;
  const DWORD failed = GetLastError();
  const bool held = failed == ERROR_SHARING_VIOLATION || failed == ERROR_ACCESS_DENIED;
  return held ? Found::kHeld : Found::kElse;
}

}  // namespace

bool Doorbell::Listen(const std::string& path, const std::string&) {
  if (waitable_.ok()) return true;
  trouble_.clear();
  const Found found = RemoveOldSign(path);
  if (found == Found::kElse) trouble_ = "something else has its name; remove it";
  if (found != Found::kNothing) return false;
  Waitable made = OpenLoopback();
  if (!made.ok()) return false;
  Handle sign = OpenFileAt(path, GENERIC_READ | GENERIC_WRITE, CREATE_NEW);
  const std::string secret = MakeSecret();
  const std::string text = SignFor(made, secret);
  FileId file;
  if (!sign.ok() || !TakeOwnership(sign) || !WriteAll(sign, 0, text.data(), text.size()) ||
      FindFile(path, &file) != Presence::kThere) {
    CloseLoopback(&made);
    if (sign.ok()) RemoveFile(path);
    Drop(&sign);
    return false;
  }
  waitable_ = made;
  path_ = path;
  file_ = NamedFile(file);
  sign_ = sign;
  secret_ = secret;
  return true;
}

void Doorbell::Close() {
  if (!waitable_.ok()) return;
  const bool named = file_.StillAt(path_);
  Drop(&sign_);
  if (named) RemoveFile(path_);
  CloseLoopback(&waitable_);
}

std::string Doorbell::Take() {
  std::string rung;
  char ring[kSecretLetters + 1];
  while (waitable_.ok()) {
    const int size = recv(SocketOf(waitable_), ring, sizeof ring, 0);
    if (size < 0 && WSAGetLastError() != WSAEMSGSIZE) break;
    if (size != sizeof ring || secret_.compare(0, kSecretLetters, ring, kSecretLetters) != 0) {
      continue;
    }
    const char what = ring[kSecretLetters];
    if (rung.find(what) == std::string::npos) rung.push_back(what);
  }
  return rung;
}

bool Doorbell::Ring(const std::string& path, char what, const std::string&) {
  sockaddr_in address{};
  std::string text;
  if (!ReadSign(path, &address, &text)) return false;
  text.push_back(what);
  Waitable bell = OpenLoopback();
  if (!bell.ok()) return false;
  // Enough may have been rung already.
  const bool rung = sendto(SocketOf(bell), text.data(), static_cast<int>(text.size()), 0,
                           reinterpret_cast<const sockaddr*>(&address), sizeof address) >= 0 ||
                    WSAGetLastError() == WSAEWOULDBLOCK;
  CloseLoopback(&bell);
  return rung;
}

}  // namespace embeddables
