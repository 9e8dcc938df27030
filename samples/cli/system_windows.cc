#include <fcntl.h>
#include <io.h>
#include <windows.h>

#include "samples/cli/system.h"
// After windows.h, which it needs.
#include <shellapi.h>

#include <cstdio>
#include <cstdlib>

#include "samples/cli/wide_windows.h"

namespace cli {

void KeepStandardFiles() {
  // The console is the shell's, too, and keeps its code pages.
  static const UINT typed = GetConsoleCP(), shown = GetConsoleOutputCP();
  if (shown != 0) {
    SetConsoleCP(CP_UTF8);
    SetConsoleOutputCP(CP_UTF8);
    std::atexit([] {
      SetConsoleCP(typed);
      SetConsoleOutputCP(shown);
    });
  }
  for (std::FILE* file : {stdin, stdout, stderr}) {
    const int number = _fileno(file);
    if (number >= 0) _setmode(number, _O_BINARY);
  }
}

// What main gets is in the code page of the process, which lacks most of the world's letters.
std::vector<std::string> Arguments(int, char**) {
  std::vector<std::string> all;
  int count = 0;
  wchar_t** wide = CommandLineToArgvW(GetCommandLineW(), &count);
  for (int i = 1; wide != nullptr && i < count; ++i) all.push_back(Narrow(wide[i]));
  LocalFree(wide);
  return all;
}

std::string Variable(const std::string& name) {
  const std::wstring wide = Wide(name);
  std::wstring value(GetEnvironmentVariableW(wide.c_str(), nullptr, 0), L'\0');
  if (value.empty()) return {};
  value.resize(
      GetEnvironmentVariableW(wide.c_str(), value.data(), static_cast<DWORD>(value.size())));
  return Narrow(value);
}

bool ErrorsAreOnTerminal() {
  DWORD mode = 0;
  return GetConsoleMode(GetStdHandle(STD_ERROR_HANDLE), &mode) != 0;
}

bool IsMissing(const std::string& path) {
  if (GetFileAttributesW(WidePath(path).c_str()) != INVALID_FILE_ATTRIBUTES) return false;
  const DWORD why = GetLastError();
  return why == ERROR_FILE_NOT_FOUND || why == ERROR_PATH_NOT_FOUND;
}

const char* const kConfigFiles =
    "%ProgramData%\\embeddables\\agent.conf, then %APPDATA%\\embeddables\\agent.conf";
const char* const kCheckFiles = "check who may write, and which program holds,";

std::string MachinesConfigFile() {
  const std::string folder = Variable("ProgramData");
  return folder.empty() ? "" : folder + "\\embeddables\\agent.conf";
}

std::string UsersConfigFile() {
  const std::string folder = Variable("APPDATA");
  return folder.empty() ? "" : folder + "\\embeddables\\agent.conf";
}

}  // namespace cli
