// Standard input, output and error, which whoever starts the program may have closed.

#ifndef EMBEDDABLES_SAMPLES_CLI_STANDARD_FILES_H_
#define EMBEDDABLES_SAMPLES_CLI_STANDARD_FILES_H_

namespace cli {

// Before anything is opened: it would get the number of one that is closed, and be read or written
// in its place. From here on, reading a closed standard input fails.
void KeepStandardFiles();

}  // namespace cli

#endif  // EMBEDDABLES_SAMPLES_CLI_STANDARD_FILES_H_
