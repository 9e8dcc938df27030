#include <windows.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <utility>

#include "tests/support/process.h"

namespace embeddables::test {
namespace {

constexpr DWORD kPipeBytes = 1 << 20;
// No program of ours ends with it.
constexpr UINT kKilled = 0xE0000009;
constexpr int kKillSignal = 9;

HANDLE Native(std::intptr_t handle) { return reinterpret_cast<HANDLE>(handle); }
std::intptr_t From(HANDLE handle) { return reinterpret_cast<std::intptr_t>(handle); }

void Close(std::intptr_t* handle) {
  if (*handle != -1) CloseHandle(Native(std::exchange(*handle, -1)));
}

std::wstring Wide(const std::string& text) { return std::filesystem::u8path(text).wstring(); }

// As CommandLineToArgvW takes it apart.
std::wstring Quoted(const std::wstring& word) {
  std::wstring quoted = L"\"";
  std::size_t backslashes = 0;
  for (const wchar_t c : word) {
    if (c == L'"') quoted.append(backslashes + 1, L'\\');
    backslashes = c == L'\\' ? backslashes + 1 : 0;
    quoted += c;
  }
  return quoted.append(backslashes, L'\\') + L"\"";
}

std::wstring MergedEnvironment(const Environment& added) {
  std::map<std::wstring, std::wstring> all;
  wchar_t* const own = GetEnvironmentStringsW();
  for (const wchar_t* each = own; *each != 0; each += std::wstring(each).size() + 1) {
    const std::wstring entry = each;
    const std::size_t end = entry.find(L'=', 1);
    if (end != std::wstring::npos) all[entry.substr(0, end)] = entry.substr(end + 1);
  }
  FreeEnvironmentStringsW(own);
  for (const auto& each : added) all[Wide(each.first)] = Wide(each.second);
  std::wstring block;
  for (const auto& each : all) block += each.first + L"=" + each.second + L'\0';
  return block + L'\0';
}

// Nothing outlives a test that crashes.
HANDLE Job() {
  static const HANDLE job = [] {
    const HANDLE made = CreateJobObjectW(nullptr, nullptr);
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits{};
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
    SetInformationJobObject(made, JobObjectExtendedLimitInformation, &limits, sizeof limits);
    return made;
  }();
  return job;
}

BOOL WINAPI IgnoreControlC(DWORD) { return TRUE; }

void MakePipe(HANDLE* read, HANDLE* write, HANDLE* inherited) {
  if (CreatePipe(read, write, nullptr, kPipeBytes) == 0) std::abort();
  SetHandleInformation(*inherited, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT);
}

// Starts it with these handles, of which no other child gets any.
PROCESS_INFORMATION Start(const std::vector<std::string>& arguments, const Environment& added,
                          HANDLE input, HANDLE output, HANDLE errors) {
  std::wstring line;
  for (const std::string& each : arguments) line += Quoted(Wide(each)) + L" ";
  std::wstring environment = MergedEnvironment(added);
  HANDLE handles[] = {input, output, errors};
  const std::size_t count = errors == output ? 2 : 3;
  SIZE_T size = 0;
  InitializeProcThreadAttributeList(nullptr, 1, 0, &size);
  std::vector<char> room(size);
  STARTUPINFOEXW start{};
  start.lpAttributeList = reinterpret_cast<LPPROC_THREAD_ATTRIBUTE_LIST>(room.data());
  InitializeProcThreadAttributeList(start.lpAttributeList, 1, 0, &size);
  UpdateProcThreadAttribute(start.lpAttributeList, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, handles,
                            count * sizeof(HANDLE), nullptr, nullptr);
  start.StartupInfo.cb = sizeof start;
  start.StartupInfo.dwFlags = STARTF_USESTDHANDLES;
  start.StartupInfo.hStdInput = input;
  start.StartupInfo.hStdOutput = output;
  start.StartupInfo.hStdError = errors;
  PROCESS_INFORMATION made{};
  // A console of its own, which shows nowhere, and on which Signal types Ctrl-C.
  const DWORD flags = EXTENDED_STARTUPINFO_PRESENT | CREATE_UNICODE_ENVIRONMENT | CREATE_NO_WINDOW;
  if (CreateProcessW(nullptr, line.data(), nullptr, nullptr, TRUE, flags, environment.data(),
                     nullptr, &start.StartupInfo, &made) == 0) {
    // GoogleTest ends a test that throws; one that went on would talk to nobody.
    throw std::runtime_error(arguments[0] + ": error " + std::to_string(GetLastError()));
  }
  DeleteProcThreadAttributeList(start.lpAttributeList);
  return made;
}

}  // namespace

Process::Process(const std::vector<std::string>& arguments, const Environment& added,
                 bool keep_errors) {
  HANDLE child_input, to, from, child_output;
  MakePipe(&child_input, &to, &child_input);
  MakePipe(&from, &child_output, &child_output);
  const HANDLE errors = keep_errors ? child_output : GetStdHandle(STD_ERROR_HANDLE);
  SetHandleInformation(errors, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT);
  const PROCESS_INFORMATION made = Start(arguments, added, child_input, child_output, errors);
  AssignProcessToJobObject(Job(), made.hProcess);
  CloseHandle(made.hThread);
  CloseHandle(child_input);
  CloseHandle(child_output);
  id_ = static_cast<int>(made.dwProcessId);
  running_ = From(made.hProcess);
  input_ = From(to);
  output_ = From(from);
}

Process::~Process() {
  if (running_ != -1) {
    Kill();
    Wait();
  }
  Close(&input_);
  Close(&output_);
}

bool Process::Write(const std::string& text) {
  std::size_t done = 0;
  while (done < text.size()) {
    DWORD written = 0;
    if (WriteFile(Native(input_), text.data() + done, static_cast<DWORD>(text.size() - done),
                  &written, nullptr) == 0) {
      return false;
    }
    done += written;
  }
  return true;
}

void Process::CloseInput() { Close(&input_); }

bool Process::Fill() {
  char piece[4096];
  DWORD size = 0;
  if (ReadFile(Native(output_), piece, sizeof piece, &size, nullptr) == 0) return false;
  buffer_.append(piece, size);
  return size > 0;
}

std::string Process::ReadLine() {
  std::size_t end = buffer_.find('\n');
  while (end == std::string::npos && Fill()) end = buffer_.find('\n');
  if (end == std::string::npos) end = buffer_.size();
  std::string line = buffer_.substr(0, end);
  buffer_.erase(0, end + 1);
  // As the C library ends a line of text.
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return line;
}

std::string Process::ReadAll() {
  while (Fill()) continue;
  return std::exchange(buffer_, {});
}

// Nothing but Ctrl-C asks a program to end.
void Process::Signal(int signal) const {
  if (running_ == -1) return;
  if (signal != SIGINT) return Kill();
  FreeConsole();
  AttachConsole(static_cast<DWORD>(id_));
  // This program hears it, too.
  SetConsoleCtrlHandler(IgnoreControlC, TRUE);
  GenerateConsoleCtrlEvent(CTRL_C_EVENT, 0);
  // Its console would outlive it with this program, and hold its pipes open.
  FreeConsole();
}

void Process::Kill() const {
  if (running_ != -1) TerminateProcess(Native(running_), kKilled);
}

int Process::Wait() {
  if (running_ == -1) return exit_;
  DWORD code = 0;
  WaitForSingleObject(Native(running_), INFINITE);
  GetExitCodeProcess(Native(running_), &code);
  Close(&running_);
  exit_ = code == kKilled ? -kKillSignal : static_cast<int>(code);
  return exit_;
}

int RunProcess(const std::vector<std::string>& arguments, const Environment& added,
               std::string* output) {
  Process process(arguments, added, output != nullptr);
  process.CloseInput();
  const std::string all = process.ReadAll();
  if (output != nullptr) *output = all;
  return process.Wait();
}

// Beside the test program.
std::string Binary(const std::string& name) {
  wchar_t path[32768];
  const DWORD size = GetModuleFileNameW(nullptr, path, 32768);
  const auto folder = std::filesystem::path(std::wstring(path, size)).parent_path();
  const bool whole = name.empty() || name.find('.') != std::string::npos;
  return (folder / std::filesystem::u8path(name + (whole ? "" : ".exe"))).u8string();
}

// Wine shows the build machine's files under Z:.
std::string SourceFile(const std::string& name) {
  return "Z:" + std::string(EMBEDDABLES_SOURCE_DIR) + "/" + name;
}

}  // namespace embeddables::test
