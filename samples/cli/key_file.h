// The file that holds the API key.

#ifndef EMBEDDABLES_SAMPLES_CLI_KEY_FILE_H_
#define EMBEDDABLES_SAMPLES_CLI_KEY_FILE_H_

#include <cstddef>
#include <string>

namespace cli {

// No key is longer.
constexpr std::size_t kMostKeyFileBytes = 5000;

// Reads the beginning of the file. Returns the system's error (errno); 0: none. *mode: others than
// the owner can use the file, which has these rights, as chmod takes them; empty: nobody else can,
// or the system does not say.
int ReadKeyFile(const std::string& name, std::string* bytes, std::string* mode);

}  // namespace cli

#endif  // EMBEDDABLES_SAMPLES_CLI_KEY_FILE_H_
