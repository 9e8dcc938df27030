#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "platform/environment.h"
#include "platform/paths.h"
#include "platform/system_windows.h"

namespace embeddables {
namespace {

constexpr wchar_t kVerbatim[] = L"\\\\?\\";
// Of the colon behind a drive's letter; a volume without one is named by `\\?\` alone.
constexpr std::size_t kLettersPlace = 5;
constexpr wchar_t kVerbatimShare[] = L"\\\\?\\UNC\\";

bool IsSlash(char c) { return c == '/' || c == '\\'; }

bool BeginsWithText(std::wstring_view text, std::wstring_view start) {
  return text.substr(0, start.size()) == start;
}

// Both slashes, ".", ".." and a relative path are resolved here: after `\\?\` the system takes
// every letter as it is.
std::wstring FullPath(std::wstring path) {
  std::replace(path.begin(), path.end(), L'/', L'\\');
  if (BeginsWithText(path, kVerbatim)) return path;
  std::wstring full(path.size() + MAX_PATH, L'\0');
  for (;;) {
    const DWORD size =
        GetFullPathNameW(path.c_str(), static_cast<DWORD>(full.size()), full.data(), nullptr);
    if (size == 0) return path;
    const bool fits = size < full.size();
    full.resize(size);
    if (fits) return full;
  }
}

std::string FolderOf(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string("./") : path.substr(0, slash + 1);
}

bool IsMissing(DWORD error) {
  return error == ERROR_FILE_NOT_FOUND || error == ERROR_PATH_NOT_FOUND;
}

DWORD AttributesOf(const std::string& path) { return GetFileAttributesW(WidePath(path).c_str()); }

bool IsFolder(const std::string& path) {
  const DWORD found = AttributesOf(path);
  return found != INVALID_FILE_ATTRIBUTES && (found & FILE_ATTRIBUTE_DIRECTORY) != 0;
}

std::uint64_t Joined(DWORD high, DWORD low) { return std::uint64_t{high} << 32 | low; }

// The file's number has 128 bits, of which only ReFS uses the upper half.
bool IdentityOf(const Handle& file, FileId* id) {
  FILE_ID_INFO facts{};
  if (GetFileInformationByHandleEx(HandleOf(file), FileIdInfo, &facts, sizeof facts) != 0) {
    std::uint64_t halves[2] = {};
    static_assert(sizeof halves == sizeof facts.FileId, "128 bits");
    std::copy_n(facts.FileId.Identifier, sizeof halves, reinterpret_cast<unsigned char*>(halves));
    *id = {facts.VolumeSerialNumber, halves[0] ^ halves[1] * 0x9e3779b97f4a7c15u};
    return true;
  }
  BY_HANDLE_FILE_INFORMATION older{};  // FAT has no such numbers
  if (GetFileInformationByHandle(HandleOf(file), &older) == 0) return false;
  *id = {older.dwVolumeSerialNumber, Joined(older.nFileIndexHigh, older.nFileIndexLow)};
  return true;
}

Handle OpenToAsk(const std::string& path) {
  return OpenFileAt(path, FILE_READ_ATTRIBUTES, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS);
}

// Letters are compared as the system compares names.
bool IsBelow(const std::string& folder, const std::string& path) {
  const std::wstring above = WidePath(folder), below = WidePath(path);
  if (folder.empty() || below.size() <= above.size() || below[above.size()] != L'\\') return false;
  const int size = static_cast<int>(above.size());
  return CompareStringOrdinal(above.data(), size, below.data(), size, TRUE) == CSTR_EQUAL;
}

// Full access for this user, the system (SY) and its administrators (BA), handed down to what is
// made in the folder, and nothing from the folder above. Empty: the system does not say who it is.
std::wstring RightsForUserAlone() {
  const std::wstring user = NameOfUser();
  if (user.empty()) return user;
  return L"D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;" + user + L")";
}

// The folder at whose place the volume is mounted, which the volume's questions want.
std::wstring VolumeOf(const std::string& path) {
  const std::wstring wide = WidePath(path);
  std::wstring volume(wide.size() + MAX_PATH, L'\0');
  const bool found =
      GetVolumePathNameW(wide.c_str(), volume.data(), static_cast<DWORD>(volume.size())) != 0;
  volume.resize(found ? std::wstring_view(volume.c_str()).size() : 0);
  return volume;
}

}  // namespace

std::wstring WideText(std::string_view utf8) {
  const int size = static_cast<int>(utf8.size());
  const int needed = MultiByteToWideChar(CP_UTF8, 0, utf8.data(), size, nullptr, 0);
  std::wstring wide(static_cast<std::size_t>(needed), L'\0');
  MultiByteToWideChar(CP_UTF8, 0, utf8.data(), size, wide.data(), needed);
  return wide;
}

std::string NarrowText(std::wstring_view text) {
  const int size = static_cast<int>(text.size());
  const int needed =
      WideCharToMultiByte(CP_UTF8, 0, text.data(), size, nullptr, 0, nullptr, nullptr);
  std::string narrow(static_cast<std::size_t>(needed), '\0');
  WideCharToMultiByte(CP_UTF8, 0, text.data(), size, narrow.data(), needed, nullptr, nullptr);
  return narrow;
}

std::wstring WidePath(const std::string& path) {
  std::wstring full = FullPath(WideText(path));
  // A folder is named without a slash at its end, but for a drive's first one.
  if (full.size() > 1 && full.back() == L'\\' && full[full.size() - 2] != L':') full.pop_back();
  if (BeginsWithText(full, kVerbatim) || BeginsWithText(full, L"\\\\.\\")) return full;
  if (BeginsWithText(full, L"\\\\")) return kVerbatimShare + full.substr(2);
  return kVerbatim + full;
}

std::string NarrowPath(std::wstring_view path) {
  std::wstring plain(path);
  if (BeginsWithText(path, kVerbatimShare)) {
    plain = L"\\\\" + plain.substr(std::wstring_view(kVerbatimShare).size());
  } else if (BeginsWithText(path, kVerbatim) && plain.find(L':') == kLettersPlace) {
    plain.erase(0, std::wstring_view(kVerbatim).size());
  }
  std::string narrow = NarrowText(plain);
  std::replace(narrow.begin(), narrow.end(), '\\', '/');
  return narrow;
}

std::string ProfileFolder() {
  HANDLE token = nullptr;
  if (OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token) == 0) return std::string();
  wchar_t folder[MAX_PATH];
  DWORD size = MAX_PATH;
  const bool known = GetUserProfileDirectoryW(token, folder, &size) != 0;
  CloseHandle(token);
  return known ? NarrowPath(folder) : std::string();
}

std::wstring NameOfUser() {
  HANDLE token = nullptr;
  if (OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token) == 0) return std::wstring();
  alignas(TOKEN_USER) unsigned char user[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
  DWORD size = 0;
  wchar_t* text = nullptr;
  const bool known =
      GetTokenInformation(token, TokenUser, user, sizeof user, &size) != 0 &&
      ConvertSidToStringSidW(reinterpret_cast<TOKEN_USER*>(user)->User.Sid, &text) != 0;
  CloseHandle(token);
  if (!known) return std::wstring();
  std::wstring name = text;
  LocalFree(text);
  return name;
}

bool MakeFolder(const std::string& path) {
  const std::wstring wide = WidePath(path);
  if (IsBelow(ProfileFolder(), path)) return CreateDirectoryW(wide.c_str(), nullptr) != 0;
  const std::wstring rights = RightsForUserAlone();
  SECURITY_ATTRIBUTES security{sizeof security, nullptr, FALSE};
  if (rights.empty() ||
      ConvertStringSecurityDescriptorToSecurityDescriptorW(
          rights.c_str(), SDDL_REVISION_1, &security.lpSecurityDescriptor, nullptr) == 0) {
    return CreateDirectoryW(wide.c_str(), nullptr) != 0;
  }
  const bool made = CreateDirectoryW(wide.c_str(), &security) != 0;
  const DWORD failed = GetLastError();
  LocalFree(security.lpSecurityDescriptor);
  SetLastError(failed);
  return made;
}

std::string SystemError(DWORD error) {
  wchar_t text[256];
  constexpr DWORD kHow =
      FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS | FORMAT_MESSAGE_MAX_WIDTH_MASK;
  DWORD size = FormatMessageW(kHow, nullptr, error, 0, text, sizeof text / sizeof *text, nullptr);
  while (size > 0 && (text[size - 1] == L' ' || text[size - 1] == L'.')) --size;
  const std::string number = "error " + std::to_string(error);
  return size == 0 ? number : NarrowText({text, size}) + " (" + number + ")";
}

void Drop(Handle* handle) {
  if (handle->ok()) CloseHandle(HandleOf(*handle));
  *handle = Handle();
}

Handle OpenFileAt(const std::string& path, DWORD access, DWORD how, DWORD flags) {
  return HandleFrom(CreateFileW(WidePath(path).c_str(), access, kShareAll, nullptr, how,
                                flags | FILE_FLAG_OPEN_REPARSE_POINT, nullptr));
}

bool IsNoFile(const Handle& file, std::string* error) {
  BY_HANDLE_FILE_INFORMATION facts{};
  if (GetFileType(HandleOf(file)) != FILE_TYPE_DISK ||
      GetFileInformationByHandle(HandleOf(file), &facts) == 0) {
    *error = "not a file";
    return true;
  }
  // Files that a backup has moved to the cloud are reparse points, too, and no links.
  FILE_ATTRIBUTE_TAG_INFO tag{};
  const bool link =
      (facts.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0 &&
      GetFileInformationByHandleEx(HandleOf(file), FileAttributeTagInfo, &tag, sizeof tag) != 0 &&
      IsReparseTagNameSurrogate(tag.ReparseTag);
  if (link) *error = "a link has its name; remove it";
  return link;
}

bool ReadAll(const Handle& file, std::uint64_t from, void* bytes, std::size_t size) {
  auto* to = static_cast<char*>(bytes);
  while (size > 0) {
    OVERLAPPED at{};
    at.Offset = static_cast<DWORD>(from);
    at.OffsetHigh = static_cast<DWORD>(from >> 32);
    DWORD got = 0;
    const auto most = static_cast<DWORD>(std::min<std::size_t>(size, 1u << 30));
    if (ReadFile(HandleOf(file), to, most, &got, &at) == 0 || got == 0) return false;
    to += got;
    from += got;
    size -= got;
  }
  return true;
}

bool WriteAll(const Handle& file, std::uint64_t from, const void* bytes, std::size_t size) {
  OVERLAPPED at{};
  at.Offset = static_cast<DWORD>(from);
  at.OffsetHigh = static_cast<DWORD>(from >> 32);
  DWORD put = 0;
  return WriteFile(HandleOf(file), bytes, static_cast<DWORD>(size), &put, &at) != 0 && put == size;
}

std::string UserStateDirectory() {
  const std::string local = EnvironmentVariable("LOCALAPPDATA");
  if (IsAbsolute(local)) return NarrowPath(FullPath(WideText(local)));
  const std::string home = EnvironmentVariable("USERPROFILE");
  if (!IsAbsolute(home)) return std::string();
  return NarrowPath(FullPath(WideText(home))) + "/AppData/Local";
}

bool IsAbsolute(const std::string& path) {
  if (path.size() < 3) return false;
  const char drive = static_cast<char>(path[0] | 0x20);
  if (drive >= 'a' && drive <= 'z' && path[1] == ':') return IsSlash(path[2]);
  return IsSlash(path[0]) && IsSlash(path[1]);
}

bool MakeAbsolute(std::string* path, std::string*) {
  // The system takes this slash away, and "C:" alone is the current folder there.
  const bool folder = !path->empty() && IsSlash(path->back());
  *path = NarrowPath(FullPath(WideText(*path)));
  if (folder && !IsSlash(path->back())) path->push_back('/');
  return true;
}

bool MakeParentDirectory(const std::string& file, std::string* error) {
  std::size_t slash = file.find('/', IsAbsolute(file) ? 3 : 0);
  for (; slash != std::string::npos; slash = file.find('/', slash + 1)) {
    const std::string directory = file.substr(0, slash);
    if (MakeFolder(directory)) continue;
    const DWORD failed = GetLastError();
    // A share's first two parts are no folders. Only the last step reports what is missing.
    if (failed == ERROR_ALREADY_EXISTS || IsFolder(directory)) continue;
    if (directory.size() > 2 && directory.substr(0, 2) == "//" &&
        file.find('/', slash + 1) != std::string::npos) {
      continue;
    }
    *error = SystemError(failed);
    return false;
  }
  return true;
}

bool MakePrivateFile(const std::string& file, std::string* error, const std::string&) {
  Handle made = OpenFileAt(file, GENERIC_READ | GENERIC_WRITE, OPEN_ALWAYS);
  if (!made.ok()) {
    const DWORD failed = GetLastError();
    // Another program has it open for itself alone: it is there.
    if (failed == ERROR_SHARING_VIOLATION) return true;
    *error = IsFolder(file) ? "a folder has its name; remove it" : SystemError(failed);
    return false;
  }
  const bool good = !IsNoFile(made, error);
  Drop(&made);
  return good;
}

// The folder says who may read its files. A host that has chosen one that is there already, outside
// of the user's profile, has chosen that, too.
Privacy KeepOthersOut(const std::string&) { return Privacy::kWas; }

std::uint64_t FreeBytes(const std::string& path) {
  const std::string folder = IsFolder(path) ? path : FolderOf(path);
  ULARGE_INTEGER free{};
  if (GetDiskFreeSpaceExW(WidePath(folder).c_str(), &free, nullptr, nullptr) == 0) {
    return std::numeric_limits<std::uint64_t>::max();
  }
  return free.QuadPart;
}

bool IsPlainFile(const std::string& path) {
  Handle file = HandleFrom(CreateFileW(WidePath(path).c_str(), FILE_READ_ATTRIBUTES, kShareAll,
                                       nullptr, OPEN_EXISTING, 0, nullptr));
  if (!file.ok()) return false;
  const bool plain = GetFileType(HandleOf(file)) == FILE_TYPE_DISK;
  Drop(&file);
  return plain;
}

std::int64_t ModifiedNs(const std::string& path) {
  WIN32_FILE_ATTRIBUTE_DATA facts{};
  if (GetFileAttributesExW(WidePath(path).c_str(), GetFileExInfoStandard, &facts) == 0) return 0;
  const std::uint64_t ticks =
      Joined(facts.ftLastWriteTime.dwHighDateTime, facts.ftLastWriteTime.dwLowDateTime);
  constexpr std::uint64_t kTicksTo1970 = 116'444'736'000'000'000;
  return static_cast<std::int64_t>(ticks - kTicksTo1970) * 100;
}

bool IsWritable(const std::string& path) {
  DWORD volume = 0;
  const std::wstring root = VolumeOf(path);
  if (!root.empty() &&
      GetVolumeInformationW(root.c_str(), nullptr, 0, nullptr, nullptr, &volume, nullptr, 0) != 0 &&
      (volume & FILE_READ_ONLY_VOLUME) != 0) {
    return false;
  }
  const DWORD found = AttributesOf(path);
  // A folder's attribute means something else.
  if (found == INVALID_FILE_ATTRIBUTES) return true;
  const bool folder = (found & FILE_ATTRIBUTE_DIRECTORY) != 0;
  if (!folder && (found & FILE_ATTRIBUTE_READONLY) != 0) return false;
  Handle file = OpenFileAt(path, folder ? FILE_ADD_FILE : FILE_WRITE_DATA, OPEN_EXISTING,
                           FILE_FLAG_BACKUP_SEMANTICS);
  const bool refused = !file.ok() && GetLastError() == ERROR_ACCESS_DENIED;
  Drop(&file);
  return !refused;
}

bool MeansNoRoom(int system_error) {
  constexpr int kDiskQuotaExceeded = 1295;  // ERROR_DISK_QUOTA_EXCEEDED
  return system_error == ERROR_DISK_FULL || system_error == ERROR_HANDLE_DISK_FULL ||
         system_error == kDiskQuotaExceeded || system_error == ERROR_NOT_ENOUGH_QUOTA;
}

bool IsNetworkFileSystem(const std::string& path) {
  const std::wstring root = VolumeOf(path);
  return !root.empty() && GetDriveTypeW(root.c_str()) == DRIVE_REMOTE;
}

std::uint64_t FileSize(const std::string& path) {
  FileId id;
  std::uint64_t size = 0;
  return FindFile(path, &id, &size) == Presence::kThere ? size : 0;
}

bool BeginsWith(const std::string& path, const std::string& bytes) {
  Handle file = OpenFileAt(path, GENERIC_READ, OPEN_EXISTING);
  if (!file.ok()) return false;
  std::string found(bytes.size(), '\0');
  const bool same = ReadAll(file, 0, found.data(), found.size()) && found == bytes;
  Drop(&file);
  return same;
}

bool OverwriteStart(const std::string& path, const std::string& bytes) {
  Handle file = OpenFileAt(path, GENERIC_WRITE, OPEN_EXISTING);
  if (!file.ok()) return false;
  const bool written = WriteAll(file, 0, bytes.data(), bytes.size());
  Drop(&file);
  return written;
}

// No process here changes the root of its paths.
FileId RootOfPaths() { return FileId(); }

std::uint64_t NamespaceOfPaths() { return 1; }

Presence FindFile(const std::string& path, FileId* id, std::uint64_t* size) {
  Handle file = OpenToAsk(path);
  if (!file.ok()) {
    const DWORD failed = GetLastError();
    const bool missing = IsMissing(failed) || failed == ERROR_INVALID_NAME ||
                         failed == ERROR_DIRECTORY || failed == ERROR_DELETE_PENDING;
    return missing ? Presence::kMissing : Presence::kUnknown;
  }
  LARGE_INTEGER bytes{};
  const bool known = IdentityOf(file, id);
  const bool sized = size == nullptr || GetFileSizeEx(HandleOf(file), &bytes) != 0;
  Drop(&file);
  if (!known) return Presence::kUnknown;
  if (size != nullptr) *size = sized ? static_cast<std::uint64_t>(bytes.QuadPart) : 0;
  return Presence::kThere;
}

// A file that a program has open without FILE_SHARE_DELETE, as SQLite and most others do, keeps its
// name: error 32, and the caller tries again when it next needs the name.
bool RenameFile(const std::string& from, const std::string& to, std::string* error) {
  constexpr DWORD kHow = MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH;
  if (MoveFileExW(WidePath(from).c_str(), WidePath(to).c_str(), kHow) != 0) return true;
  *error = SystemError(GetLastError());
  return false;
}

bool RemoveFile(const std::string& path) {
  return DeleteFileW(WidePath(path).c_str()) != 0 || IsMissing(GetLastError());
}

bool ListFiles(const std::string& prefix, std::vector<std::string>* found) {
  const std::size_t slash = prefix.rfind('/');
  const std::string begin = slash == std::string::npos ? prefix : prefix.substr(slash + 1);
  std::wstring all = WidePath(FolderOf(prefix));
  all += all.back() == L'\\' ? L"*" : L"\\*";
  WIN32_FIND_DATAW entry{};
  // A name may have letters that are wild cards in a search, so that the folder is listed whole.
  const HANDLE search = FindFirstFileExW(all.c_str(), FindExInfoBasic, &entry,
                                         FindExSearchNameMatch, nullptr, FIND_FIRST_EX_LARGE_FETCH);
  if (search == INVALID_HANDLE_VALUE) {
    return IsMissing(GetLastError()) || GetLastError() == ERROR_DIRECTORY;
  }
  do {
    const std::string name = NarrowText(entry.cFileName);
    if (name.compare(0, begin.size(), begin) == 0) {
      found->push_back(prefix + name.substr(begin.size()));
    }
  } while (FindNextFileW(search, &entry) != 0);
  const bool whole = GetLastError() == ERROR_NO_MORE_FILES;
  FindClose(search);
  return whole;
}

}  // namespace embeddables
