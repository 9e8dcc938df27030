// Windows: its own names and texts are UTF-16, all of ours UTF-8.

#ifndef EMBEDDABLES_SAMPLES_CLI_WIDE_WINDOWS_H_
#define EMBEDDABLES_SAMPLES_CLI_WIDE_WINDOWS_H_

#include <windows.h>

#include <cstddef>
#include <string>

namespace cli {

// What is no UTF-8, or no UTF-16, becomes U+FFFD.
inline std::wstring Wide(const std::string& text) {
  const int from = static_cast<int>(text.size());
  const int size = MultiByteToWideChar(CP_UTF8, 0, text.data(), from, nullptr, 0);
  std::wstring wide(static_cast<std::size_t>(size), L'\0');
  MultiByteToWideChar(CP_UTF8, 0, text.data(), from, wide.data(), size);
  return wide;
}

// A path as the system takes it however long it is.
inline std::wstring WidePath(const std::string& path) {
  const std::wstring wide = Wide(path);
  std::wstring full(GetFullPathNameW(wide.c_str(), 0, nullptr, nullptr), L'\0');
  full.resize(
      GetFullPathNameW(wide.c_str(), static_cast<DWORD>(full.size()), full.data(), nullptr));
  const bool is_share = full.compare(0, 2, L"\\\\") == 0;
  return is_share ? full : L"\\\\?\\" + full;
}

inline std::string Narrow(const std::wstring& wide) {
  const int from = static_cast<int>(wide.size());
  const int size = WideCharToMultiByte(CP_UTF8, 0, wide.data(), from, nullptr, 0, nullptr, nullptr);
  std::string text(static_cast<std::size_t>(size), '\0');
  WideCharToMultiByte(CP_UTF8, 0, wide.data(), from, text.data(), size, nullptr, nullptr);
  return text;
}

}  // namespace cli

#endif  // EMBEDDABLES_SAMPLES_CLI_WIDE_WINDOWS_H_
