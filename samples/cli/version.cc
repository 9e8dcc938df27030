#include "samples/cli/version.h"

#include <curl/curl.h>
#include <embeddables/agent.h>
#include <rapidjson/rapidjson.h>
#include <sqlite3.h>

namespace cli {
namespace {

// Programs are often run with other libraries than those that they were compiled with.
std::string RunsWith(const std::string& running, const std::string& compiled) {
  return running + (running == compiled ? "" : ", compiled with " + compiled);
}

std::string Curl() {
  const std::string compiled = LIBCURL_VERSION;
  const std::string running = curl_version_info(CURLVERSION_NOW)->version;
  std::string all = curl_version();  // begins with "libcurl/8.14.1 OpenSSL/3.5.1"
  all.erase(0, all.find(' ') + 1);
  return RunsWith(running, compiled) + " (" + all + ")";
}

const char* Kind() {
#ifdef EMBEDDABLES_SHARED
  return "the library is shared";
#else
  return "the library is static";
#endif
}

const char* Compiler() {
#if defined(__clang__)
  return __VERSION__;  // begins with the compiler's name
#elif defined(__GNUC__)
  return "GCC " __VERSION__;
#else
  return "another compiler";
#endif
}

const char* Assertions() {
#ifdef NDEBUG
  return "optimised";
#else
  return "for debugging";
#endif
}

}  // namespace

std::string VersionLines() {
  return std::string(embeddables::kVersion) + "\nbuilt      " + Kind() + ", sends over libcurl, " +
         Assertions() + ", " + Compiler() + "\nlibcurl    " + Curl() + "\nSQLite     " +
         RunsWith(sqlite3_libversion(), SQLITE_VERSION) + "\nRapidJSON  " +
         RAPIDJSON_VERSION_STRING + "\n";
}

}  // namespace cli
