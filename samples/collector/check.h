// `embeddables-collector check COMMAND`: does an agent keep the rules?

#ifndef EMBEDDABLES_SAMPLES_COLLECTOR_CHECK_H_
#define EMBEDDABLES_SAMPLES_COLLECTOR_CHECK_H_

#include <string>
#include <vector>

#include "samples/collector/trial.h"

namespace collector {

// A rule, and how it is tried. `try_it` returns why the agent has broken it; empty: it has not.
struct Case {
  const char* name;
  const char* rule;
  std::string (*try_it)(Trial*);
};

const std::vector<Case>& AllCases();

// Tries the command on each case, or those in `only`, prints a table, and returns the exit code: 0
// all rules are kept, 1 some are not, 2 wrong usage.
int Check(const std::vector<std::string>& command, const std::vector<std::string>& only);

}  // namespace collector

#endif  // EMBEDDABLES_SAMPLES_COLLECTOR_CHECK_H_
