// What both hosts print of themselves.

#ifndef EMBEDDABLES_TESTS_BENCH_HOST_REPORT_H_
#define EMBEDDABLES_TESTS_BENCH_HOST_REPORT_H_

#include <curl/curl.h>
#include <sqlite3.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

// A host that uses both libraries itself, a little.
inline void UseLibraries() {
  curl_global_init(CURL_GLOBAL_DEFAULT);
  sqlite3* db = nullptr;
  sqlite3_open(":memory:", &db);
  sqlite3_close(db);
}

inline long Field(const char* file, const char* name) {
  FILE* status = std::fopen(file, "r");
  char line[256];
  long value = 0;
  while (status != nullptr && std::fgets(line, sizeof line, status) != nullptr) {
    if (std::strncmp(line, name, std::strlen(name)) == 0) {
      value += std::strtol(line + std::strlen(name), nullptr, 10);
    }
  }
  if (status != nullptr) std::fclose(status);
  return value;
}

inline void Report() {
  std::printf("%ld %ld\n", Field("/proc/self/smaps_rollup", "Private_Dirty:"),
              Field("/proc/self/status", "Threads:"));
}

#endif  // EMBEDDABLES_TESTS_BENCH_HOST_REPORT_H_
