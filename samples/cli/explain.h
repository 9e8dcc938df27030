// The library's messages in the words of the command line.

#ifndef EMBEDDABLES_SAMPLES_CLI_EXPLAIN_H_
#define EMBEDDABLES_SAMPLES_CLI_EXPLAIN_H_

#include <string>
#include <string_view>

#include "samples/cli/option_set.h"

namespace cli {

// Puts the option, variable or line of a file that gave a value in place of the field of Config
// that the library names, and seconds in place of the units that it counts in.
std::string Explain(std::string_view message, const OptionSet& options);

// The same for what the library tells while it runs, which may hold a server's own words: only what
// is marked as a field of Config's is taken for one. Null: each field's option, whatever gave the
// value; so a command speaks of the settings of another process.
std::string ExplainNews(std::string_view message, const OptionSet* options);

}  // namespace cli

#endif  // EMBEDDABLES_SAMPLES_CLI_EXPLAIN_H_
