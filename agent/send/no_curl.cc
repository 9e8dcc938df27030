// Stands in for transport.cc in a library without libcurl.

#include <memory>
#include <string>

#include "agent/send/host_transport.h"
#include "agent/send/transport.h"
#include "embeddables/agent.h"
#include "platform/clock.h"

namespace embeddables {

std::unique_ptr<Transport> MakeCurlTransport(const Config& config, const std::string&,
                                             Status* status) {
  if (config.store_only) return MakeHostTransport(config, SystemClock(), status);
  *status = Status(StatusCode::kInvalidArgument,
                   "Config::transport is empty, and this library was built without libcurl: set "
                   "one (embeddables/parts.h), or build it with EMBEDDABLES_WITH_CURL=ON");
  return nullptr;
}

}  // namespace embeddables
