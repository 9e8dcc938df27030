#include "platform/close_plea.h"
#include "platform/system_windows.h"
#include "platform/wake_signal.h"

// After the system's other headers.
#include <aclapi.h>

#include <atomic>
#include <cstdio>
#include <new>

namespace embeddables {
namespace {

std::wstring NameOf(const FileId& file, const char* where) {
  char text[128];
  std::snprintf(text, sizeof text, "%s\\embeddables-agent-close:%llx:%llx", where,
                static_cast<unsigned long long>(file.device),
                static_cast<unsigned long long>(file.number));
  return WideText(text);
}

// Another user can give an event of his this name, and would have us rename the store again and
// again.
bool IsOurs(HANDLE event, const std::wstring& user) {
  PSID owner = nullptr;
  PSECURITY_DESCRIPTOR security = nullptr;
  if (GetSecurityInfo(event, SE_KERNEL_OBJECT, OWNER_SECURITY_INFORMATION, &owner, nullptr, nullptr,
                      nullptr, &security) != ERROR_SUCCESS) {
    return false;
  }
  wchar_t* name = nullptr;
  const bool ours = ConvertSidToStringSidW(owner, &name) != 0 && user == name;
  if (name != nullptr) LocalFree(name);
  LocalFree(security);
  return ours;
}

// An event that all processes of this user share, in whatever session they are; null: none. It is
// never reset: with its last handle it goes, and a file that takes the place has an identity of its
// own.
HANDLE OpenEventOf(const FileId& file) {
  const std::wstring user = NameOfUser();
  const std::wstring rights = L"O:" + user + L"D:P(A;;GA;;;SY)(A;;GA;;;" + user + L")";
  SECURITY_ATTRIBUTES security{sizeof security, nullptr, FALSE};
  if (user.empty() ||
      ConvertStringSecurityDescriptorToSecurityDescriptorW(
          rights.c_str(), SDDL_REVISION_1, &security.lpSecurityDescriptor, nullptr) == 0) {
    return nullptr;
  }
  HANDLE event = CreateEventW(&security, TRUE, FALSE, NameOf(file, "Global").c_str());
  // An app's container has no names that all sessions see.
  if (event == nullptr) {
    event = CreateEventW(&security, TRUE, FALSE, NameOf(file, "Local").c_str());
  }
  LocalFree(security.lpSecurityDescriptor);
  if (event == nullptr || IsOurs(event, user)) return event;
  CloseHandle(event);
  return nullptr;
}

}  // namespace

struct ClosePlea::Source {
  WakeSignal signal;  // the last to go: the wait uses it
  std::atomic<bool> heard{false};
  FileId file;
  HANDLE event = nullptr;
  HANDLE wait = nullptr;

  ~Source() {
    if (wait != nullptr) UnregisterWaitEx(wait, INVALID_HANDLE_VALUE);  // waits for Came
    if (event != nullptr) CloseHandle(event);
  }

  bool Open(const FileId& named) {
    file = named;
    event = OpenEventOf(file);
    if (!signal.ok() || event == nullptr) return false;
    heard = WaitForSingleObject(event, 0) == WAIT_OBJECT_0;
    return RegisterWaitForSingleObject(&wait, event, &Source::Came, this, INFINITE,
                                       WT_EXECUTEINWAITTHREAD | WT_EXECUTEONLYONCE) != 0;
  }

  static void CALLBACK Came(PVOID self, BOOLEAN) {
    static_cast<Source*>(self)->heard = true;
    static_cast<Source*>(self)->signal.Signal();
  }
};

bool ClosePlea::Listen(const FileId& file) {
  if (source_ != nullptr && source_->file == file) return true;
  Close();
  auto* source = new (std::nothrow) Source;
  if (source == nullptr) return false;
  if (!source->Open(file)) {
    delete source;
    return false;
  }
  source_ = source;
  waitable_ = source->signal.waitable();
  return true;
}

void ClosePlea::Close() {
  delete source_;
  source_ = nullptr;
  waitable_ = Waitable();
}

bool ClosePlea::heard() const { return source_ != nullptr && source_->heard; }

void ClosePlea::Clear() {
  if (heard()) source_->signal.Clear();
}

bool ClosePlea::Ask(const std::string& path) {
  if (source_ == nullptr) return false;
  Handle renamable = OpenFileAt(path, DELETE, OPEN_EXISTING);
  const bool kept = !renamable.ok() && GetLastError() == ERROR_SHARING_VIOLATION;
  Drop(&renamable);
  if (!kept || SetEvent(source_->event) == 0) return false;
  source_->heard = true;
  return true;
}

}  // namespace embeddables
