// What `status --prometheus` prints: an inspection in Prometheus' text format, for the textfile
// collector of its node exporter (https://prometheus.io/docs/instrumenting/exposition_formats/).

#ifndef EMBEDDABLES_SAMPLES_CLI_PROMETHEUS_H_
#define EMBEDDABLES_SAMPLES_CLI_PROMETHEUS_H_

#include <embeddables/agent.h>

#include <string>

#include "samples/cli/health.h"

namespace cli {

// Names and labels stay; new ones are only added. What is not known is left out.
std::string StatusMetrics(const std::string& store, const embeddables::Inspection& seen,
                          Health health);
// The same where there is nothing to inspect: the health alone.
std::string UnreadableMetrics(const std::string& store, Health health);

}  // namespace cli

#endif  // EMBEDDABLES_SAMPLES_CLI_PROMETHEUS_H_
