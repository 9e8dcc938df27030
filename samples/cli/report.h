// What the commands print.

#ifndef EMBEDDABLES_SAMPLES_CLI_REPORT_H_
#define EMBEDDABLES_SAMPLES_CLI_REPORT_H_

#include <embeddables/agent.h>

namespace cli {

void PrintDeadLetter(const embeddables::DeadLetter& letter, bool json);
void PrintPurge(const embeddables::PurgeResult& purged);

}  // namespace cli

#endif  // EMBEDDABLES_SAMPLES_CLI_REPORT_H_
