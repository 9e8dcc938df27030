// What a command line asks of its system.

#ifndef EMBEDDABLES_SAMPLES_CLI_SYSTEM_H_
#define EMBEDDABLES_SAMPLES_CLI_SYSTEM_H_

#include <string>
#include <vector>

namespace cli {

// Standard input, output and error, which whoever starts the program may have closed. Before
// anything is opened: it would get the number of one that is closed, and be read or written in its
// place. From here on, reading a closed standard input fails. On Windows the console then takes
// and shows UTF-8, and no line feed is changed.
void KeepStandardFiles();

// The program's arguments in UTF-8, without its name.
std::vector<std::string> Arguments(int argc, char** argv);
// A variable of the environment in UTF-8; empty: it is not set. Before any thread is started.
std::string Variable(const std::string& name);

// Is standard error shown on a terminal?
bool ErrorsAreOnTerminal();

// There is no such file. False also if the system does not say.
bool IsMissing(const std::string& path);

// What to do about files that cannot be written, which are named next.
extern const char* const kCheckFiles;

// Where the two configuration files are, as the help says it.
extern const char* const kConfigFiles;
// The configuration files of the machine and of this user; empty: there is none.
std::string MachinesConfigFile();
std::string UsersConfigFile();

}  // namespace cli

#endif  // EMBEDDABLES_SAMPLES_CLI_SYSTEM_H_
