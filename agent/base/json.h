// RapidJSON as this library uses it. No other file includes it.
//
// It gets its own namespace, because a host that links another version, or the same one with other
// macros, would otherwise share our inline functions. And no assertion may end the host's process.

#ifndef EMBEDDABLES_AGENT_BASE_JSON_H_
#define EMBEDDABLES_AGENT_BASE_JSON_H_

#define RAPIDJSON_NAMESPACE embeddables_rapidjson
#ifndef RAPIDJSON_ASSERT
#define RAPIDJSON_ASSERT(condition) static_cast<void>(0)
#endif

#include <rapidjson/internal/dtoa.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

namespace embeddables {
namespace rapidjson = embeddables_rapidjson;
}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_BASE_JSON_H_
