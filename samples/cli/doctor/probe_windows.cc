// This build has no libcurl: what the network would tell is not known.

#include "samples/cli/doctor/probe.h"

namespace cli {

Prober::Prober(const embeddables::Config& config, bool directly, std::chrono::milliseconds limit)
    : config_(config), directly_(directly), limit_(limit) {}

Reply Prober::Ask(const Question&) const {
  Reply reply;
  reply.words = "the doctor asks only where it is built with libcurl";
  return reply;
}

std::vector<Certificate> Prober::Shown() const { return {}; }

std::string Prober::Escaped(const std::string& id) const { return id; }

std::int64_t ReadDate(const std::string&) { return -1; }

}  // namespace cli
