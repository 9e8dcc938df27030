#include <cerrno>
#include <cstdio>

#include "samples/cli/key_file.h"
#include "samples/cli/wide_windows.h"

namespace cli {

// Who else may read it is in its folder's access list: in a user's profile, nobody.
int ReadKeyFile(const std::string& name, std::string* bytes, std::string* mode) {
  mode->clear();
  std::FILE* file = _wfopen(Wide(name).c_str(), L"rb");
  if (file == nullptr) return errno;
  bytes->resize(kMostKeyFileBytes);
  bytes->resize(std::fread(&(*bytes)[0], 1, bytes->size(), file));
  const int error = std::ferror(file) != 0 ? EIO : 0;
  std::fclose(file);
  return error;
}

}  // namespace cli
