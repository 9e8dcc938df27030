#include <windows.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "samples/cli/wide_windows.h"
#include "samples/collector/command.h"

namespace collector {
namespace {

HANDLE Native(std::intptr_t handle) { return reinterpret_cast<HANDLE>(handle); }
std::intptr_t From(HANDLE handle) { return reinterpret_cast<std::intptr_t>(handle); }

// As CommandLineToArgvW takes it apart.
std::wstring InQuotes(const std::wstring& word) {
  std::wstring quoted = L"\"";
  std::size_t backslashes = 0;
  for (const wchar_t c : word) {
    if (c == L'"') quoted.append(backslashes + 1, L'\\');
    backslashes = c == L'\\' ? backslashes + 1 : 0;
    quoted += c;
  }
  return quoted.append(backslashes, L'\\') + L"\"";
}

std::wstring Line(const std::vector<std::string>& words) {
  std::wstring line;
  for (const std::string& each : words) line += InQuotes(cli::Wide(each)) + L" ";
  return line;
}

std::wstring Block(const std::vector<std::string>& environment) {
  std::wstring block;
  for (const std::string& each : environment) block += cli::Wide(each) + L'\0';
  return block + L'\0';
}

HANDLE OpenInherited(const std::string& path, DWORD access, DWORD disposition) {
  SECURITY_ATTRIBUTES inherited{sizeof inherited, nullptr, TRUE};
  return CreateFileW(cli::WidePath(path).c_str(), access,
                     FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, &inherited,
                     disposition, FILE_ATTRIBUTE_NORMAL, nullptr);
}

// Gets these two files and no other: several commands are started at the same time.
bool Create(const std::vector<std::string>& words, const std::vector<std::string>& environment,
            HANDLE input, HANDLE output, PROCESS_INFORMATION* made) {
  HANDLE handles[] = {input, output};
  SIZE_T size = 0;
  InitializeProcThreadAttributeList(nullptr, 1, 0, &size);
  std::vector<char> room(size);
  STARTUPINFOEXW start{};
  start.lpAttributeList = reinterpret_cast<LPPROC_THREAD_ATTRIBUTE_LIST>(room.data());
  InitializeProcThreadAttributeList(start.lpAttributeList, 1, 0, &size);
  UpdateProcThreadAttribute(start.lpAttributeList, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, handles,
                            sizeof handles, nullptr, nullptr);
  start.StartupInfo.cb = sizeof start;
  start.StartupInfo.dwFlags = STARTF_USESTDHANDLES;
  start.StartupInfo.hStdInput = input;
  start.StartupInfo.hStdOutput = start.StartupInfo.hStdError = output;
  std::wstring line = Line(words), block = Block(environment);
  // It runs once it is in its job, so that what it starts is in there, too.
  const DWORD flags = EXTENDED_STARTUPINFO_PRESENT | CREATE_UNICODE_ENVIRONMENT | CREATE_NO_WINDOW |
                      CREATE_SUSPENDED;
  const bool is_made = CreateProcessW(nullptr, line.data(), nullptr, nullptr, TRUE, flags,
                                      block.data(), nullptr, &start.StartupInfo, made) != 0;
  const DWORD why = GetLastError();
  DeleteProcThreadAttributeList(start.lpAttributeList);
  SetLastError(why);
  return is_made;
}

HANDLE NewJob() {
  const HANDLE job = CreateJobObjectW(nullptr, nullptr);
  JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits{};
  limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
  SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits);
  return job;
}

}  // namespace

Command::~Command() {
  if (process_ == kNone) return;
  Kill();
  WaitForSingleObject(Native(process_), INFINITE);
  int ignored = 0;
  HasEnded(&ignored);
}

bool Command::Start(const std::vector<std::string>& words,
                    const std::vector<std::string>& environment, const std::string& input,
                    const std::string& output) {
  const HANDLE in = OpenInherited(input, GENERIC_READ, OPEN_EXISTING);
  const HANDLE out = OpenInherited(output, FILE_APPEND_DATA | SYNCHRONIZE, OPEN_ALWAYS);
  PROCESS_INFORMATION made{};
  const bool is_made = Create(words, environment, in, out, &made);
  const auto why = static_cast<int>(GetLastError());
  CloseHandle(in);
  CloseHandle(out);
  if (!is_made) {
    std::ofstream(std::filesystem::u8path(output), std::ios::app)
        << words[0] << ": " << std::system_category().message(why) << "\n";
    return false;
  }
  group_ = From(NewJob());
  process_ = From(made.hProcess);
  AssignProcessToJobObject(Native(group_), made.hProcess);
  ResumeThread(made.hThread);
  CloseHandle(made.hThread);
  return true;
}

void Command::Kill() const {
  constexpr UINT kKilled = 0xE0000009;  // no program of ours ends with it
  if (process_ != kNone) TerminateJobObject(Native(group_), kKilled);
}

// What it has started ends with it.
bool Command::HasEnded(int* exit) {
  DWORD code = 0;
  if (process_ == kNone || WaitForSingleObject(Native(process_), 0) != WAIT_OBJECT_0) return false;
  GetExitCodeProcess(Native(process_), &code);
  CloseHandle(Native(std::exchange(process_, kNone)));
  CloseHandle(Native(std::exchange(group_, kNone)));
  *exit = static_cast<int>(code);
  return true;
}

std::vector<std::string> OwnEnvironment() {
  std::vector<std::string> all;
  wchar_t* const own = GetEnvironmentStringsW();
  for (const wchar_t* each = own; *each != 0; each += std::wstring(each).size() + 1) {
    all.push_back(cli::Narrow(each));
  }
  FreeEnvironmentStringsW(own);
  return all;
}

// Below the last one an agent without a path for its store keeps it. The memory that outlives an
// agent is in the user's profile, whatever the environment says.
std::vector<std::string> TemporaryVariables() { return {"TMP", "TEMP", "LOCALAPPDATA"}; }

// The user's folder for temporary files is nobody else's.
std::string NewFolder(const std::string& name) {
  const std::filesystem::path folder = std::filesystem::temp_directory_path();
  const std::string number = std::to_string(std::random_device{}());
  const std::filesystem::path path =
      folder / std::filesystem::u8path("check-" + name + "-" + number);
  std::error_code error;
  return std::filesystem::create_directory(path, error) ? path.u8string() : std::string();
}

}  // namespace collector
