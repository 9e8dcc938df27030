// What the help says of the program as a whole, and its manual page, too.

#ifndef EMBEDDABLES_SAMPLES_CLI_ABOUT_H_
#define EMBEDDABLES_SAMPLES_CLI_ABOUT_H_

namespace cli {

inline constexpr char kAbout[] = "Sends custom events to Embeddables through an offline buffer.";
inline constexpr char kSettingsAre[] =
    "Settings come from options, else from the variables in parentheses, else from configuration\n"
    "files: KEY = VALUE with the names of the options.\n"
    "The API key comes from EMBEDDABLES_API_KEY or a key file, never from an option.\n";
inline constexpr char kExitCodes[] =
    "Exit codes: 0 done, 2 wrong usage, 3 refused by the agent or the server, 4 still pending,\n"
    "5 store unusable, 6 key, project or URL refused.\n"
    "status --check and doctor have codes of their own: see --check, and --json of doctor.";

}  // namespace cli

#endif  // EMBEDDABLES_SAMPLES_CLI_ABOUT_H_
