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

inline std::string Narrow(const std::wstring& wide) {
  const int from = static_cast<int>(wide.size());
  const int size = WideCharToMultiByte(CP_UTF8, 0, wide.data(), from, nullptr, 0, nullptr, nullptr);
  std::string text(static_cast<std::size_t>(size), '\0');
  WideCharToMultiByte(CP_UTF8, 0, wide.data(), from, text.data(), size, nullptr, nullptr);
  return text;
}

}  // namespace cli

#endif  // EMBEDDABLES_SAMPLES_CLI_WIDE_WINDOWS_H_
