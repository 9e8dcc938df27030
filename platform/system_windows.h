// Helpers for the Windows files of this folder: the system's headers in the order that they need,
// paths and texts in UTF-16, locks on files, and loopback sockets.

#ifndef EMBEDDABLES_PLATFORM_SYSTEM_WINDOWS_H_
#define EMBEDDABLES_PLATFORM_SYSTEM_WINDOWS_H_

#ifndef NOMINMAX
#define NOMINMAX
#endif
#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
// clang-format off
#include <winsock2.h>
#include <ws2tcpip.h>
#include <mswsock.h>
#include <windows.h>
#include <iphlpapi.h>
#include <bcrypt.h>
#include <sddl.h>
#include <userenv.h>
// clang-format on

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "platform/handle.h"

namespace embeddables {

std::wstring WideText(std::string_view utf8);
std::string NarrowText(std::wstring_view text);
// The path as the system wants it, of any length: absolute, with `\\?\` before it.
std::wstring WidePath(const std::string& path);
// The system's own words for a path, with '/' between the folders and without `\\?\`.
std::string NarrowPath(std::wstring_view path);
// A function that not every version of the system has, or not every compiler's headers; null: none.
template <class Function>
Function FunctionOf(HMODULE library, const char* name) {
  return reinterpret_cast<Function>(reinterpret_cast<void*>(GetProcAddress(library, name)));
}

// The folder of this user's files, whatever the environment says; empty: the system does not say.
std::string ProfileFolder();
// This user as lists of rights name him (S-1-5-...); empty: the system does not say.
std::wstring NameOfUser();
// Makes one folder, for this user, the system and its administrators alone: below the user's
// profile that is what a folder inherits, and elsewhere it gets such a list of its own.
// GetLastError tells why not.
bool MakeFolder(const std::string& path);
// The system's words for its error.
std::string SystemError(DWORD error);

inline HANDLE HandleOf(const Handle& handle) { return reinterpret_cast<HANDLE>(handle.native()); }
inline Handle HandleFrom(HANDLE native) { return Handle(reinterpret_cast<std::intptr_t>(native)); }
inline SOCKET SocketOf(const Waitable& socket) { return static_cast<SOCKET>(socket.native()); }
// Closes what is no socket, if it is not none, and makes it none.
void Drop(Handle* handle);

// Everybody may read, write, rename and remove the file meanwhile, as on other systems.
inline constexpr DWORD kShareAll = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
// Opens the file itself and not what a link leads to. None: GetLastError says why.
Handle OpenFileAt(const std::string& path, DWORD access, DWORD how, DWORD flags = 0);
// True, with *error set, if a link or a folder has the name of the open file, which must be a file.
bool IsNoFile(const Handle& file, std::string* error);
// Reads or writes at a place, all of it or false.
bool ReadAll(const Handle& file, std::uint64_t from, void* bytes, std::size_t size);
bool WriteAll(const Handle& file, std::uint64_t from, const void* bytes, std::size_t size);

// Takes the ownership of an open file for as long as the handle is open, and does not wait: false,
// somebody else is its owner. It is a lock beyond the file's content, so that anybody may read
// that.
bool TakeOwnership(const Handle& file);
bool HasOwner(const Handle& file);

// A datagram socket on the loopback interface, with a port of its own; none: there are no sockets.
// Each holds the system's socket library, from here to CloseLoopback.
Waitable OpenLoopback();
void CloseLoopback(Waitable* socket);
// Connects the socket to itself, so that nobody else can make it readable.
bool ConnectToItself(Waitable socket);

}  // namespace embeddables

#endif  // EMBEDDABLES_PLATFORM_SYSTEM_WINDOWS_H_
