#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <string>

#include "platform/bell_address_posix.h"
#include "platform/private_file_posix.h"

namespace embeddables {

// An address has room for 107 bytes and a path may be longer, so it goes through the folder's
// descriptor.
BellAddress::BellAddress(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  folder_ = open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  address_.sun_family = AF_UNIX;
  const std::string name =
      "/proc/self/fd/" + std::to_string(folder_) + "/" + path.substr(slash + 1);
  if (folder_ < 0 || name.size() >= sizeof address_.sun_path) return;
  std::memcpy(address_.sun_path, name.c_str(), name.size() + 1);
  ok_ = true;
}

// A socket's descriptor does not know its name. Another user's socket that was linked here has two
// names.
void BellAddress::GiveToOwnerOf(const std::string& beside, const std::string& path) {
  const int socket = open(path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC);
  struct stat facts {};
  if (socket < 0) return;
  if (fstat(socket, &facts) == 0 && S_ISSOCK(facts.st_mode) && facts.st_nlink == 1) {
    embeddables::GiveToOwnerOf(beside, socket);
  }
  close(socket);
}

}  // namespace embeddables
