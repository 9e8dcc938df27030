// What `--version` prints.

#ifndef EMBEDDABLES_SAMPLES_CLI_VERSION_H_
#define EMBEDDABLES_SAMPLES_CLI_VERSION_H_

#include <string>

namespace cli {

// The first line is the version alone, for scripts. The lines after it say how the program was
// built and with which libraries it runs; they begin with names that stay.
std::string VersionLines();

}  // namespace cli

#endif  // EMBEDDABLES_SAMPLES_CLI_VERSION_H_
