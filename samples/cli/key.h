// The API key, which stands in no option and in no configuration file.

#ifndef EMBEDDABLES_SAMPLES_CLI_KEY_H_
#define EMBEDDABLES_SAMPLES_CLI_KEY_H_

#include <string>

#include "samples/cli/option_set.h"
#include "samples/cli/options.h"

namespace cli {

// Fetches it from EMBEDDABLES_API_KEY or the key file, and warns of a file that others can read.
// False: says why on standard error.
bool ReadKey(Settings* settings);

// What gives the key: "EMBEDDABLES_API_KEY", or what names the key file.
std::string KeySource(const OptionSet& options);

}  // namespace cli

#endif  // EMBEDDABLES_SAMPLES_CLI_KEY_H_
