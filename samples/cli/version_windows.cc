#include <embeddables/agent.h>
#include <rapidjson/rapidjson.h>
#include <sqlite3.h>

#include "samples/cli/version.h"

namespace cli {

std::string VersionLines() {
  return std::string(embeddables::kVersion) + "\nbuilt      for Windows\nSQLite     " +
         sqlite3_libversion() + "\nRapidJSON  " + RAPIDJSON_VERSION_STRING + "\n";
}

}  // namespace cli
